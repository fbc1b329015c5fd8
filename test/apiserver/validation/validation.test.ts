import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Problem } from '../../../src/api/problem.ts';
import { Validator } from '../../../src/api/validation/index.ts';
import { checkObject } from '../../../src/cli/manifests/check.ts';
import { clusterStartTimeoutMs, loadKubeConfig, sharedCluster } from '../../support/cluster.ts';
import { installCrds } from '../../../tools/operator/install.ts';
import { INVALID_OBJECTS } from './invalid-objects/index.ts';
import { mutation } from './mutations.ts';
import { invalidObjectsPage } from './page.ts';
import { Server } from './server.ts';
import { nodeForecast, shardPlan, workflow } from './valid-base.ts';
import { VALID_OBJECTS } from './valid-objects.ts';

const PAGE = new URL('../../../docs/reference/invalid-objects.md', import.meta.url);

describe('validation, by a real API server and offline', function () {
  this.timeout(60_000);
  let server: Server;
  let validator: Validator;

  before(async function () {
    this.timeout(clusterStartTimeoutMs);
    const cluster = await sharedCluster();
    await installCrds(cluster);
    server = new Server(loadKubeConfig(cluster));
    validator = await Validator.load();
  });

  after(() => {
    server.close();
  });

  describe('refuses', () => {
    for (const { name, object, field, message, by } of INVALID_OBJECTS) {
      it(name, async () => {
        const told = await server.dryRun(object);
        const { problems } = validator.validate(object);
        expectSameVerdict(problems, told);
        if (by === 'server') expectProblem(told, field, message);
        else expect(told, 'what only the rules can say is accepted by the server').to.deep.equal([]);
        expectProblem(checkObject(validator, object).problems, field, message);
      });
    }
  });

  describe('accepts', () => {
    for (const { name, object } of VALID_OBJECTS) {
      it(name, async () => {
        expect(await server.dryRun(object)).to.deep.equal([]);
        expect(checkObject(validator, object).problems).to.deep.equal([]);
      });
    }
  });

  it('gives one verdict on objects changed at random', async () => {
    const bases = fc.constantFrom(workflow, workflow, workflow, shardPlan, nodeForecast);
    const mutations = fc.array(mutation, { minLength: 1, maxLength: 2 });
    const objects = fc.tuple(bases, mutations).map(([base, changes]) => base(...changes));
    let refused = 0;
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(objects, async (object) => {
        const told = await server.dryRun(object);
        expectSameVerdict(validator.validate(object).problems, told);
        if (told.length > 0) refused++;
        else accepted++;
      }),
      { seed: 20261124, numRuns: Number(process.env.VALIDATION_RUNS ?? 150) },
    );
    // Otherwise the changes are too coarse, or too mild, to tell anything.
    expect(Math.min(refused, accepted)).to.be.greaterThan(10);
  });

  it('is as docs/reference/invalid-objects.md shows it', async () => {
    const rows = INVALID_OBJECTS.map((invalid) => ({
      invalid,
      problems: checkObject(validator, invalid.object).problems,
    }));
    const page = invalidObjectsPage(rows);
    if (process.env.UPDATE_DOCS === '1') await writeFile(PAGE, page);
    const written = await readFile(PAGE, 'utf8').catch(() => '');
    expect(written === page, 'stale: run the test with UPDATE_DOCS=1 and commit the page').to.be.true;
  });
});

function expectProblem(problems: readonly Problem[], field: string, message: string): void {
  const found = problems.some((problem) => problem.field === field && problem.message.includes(message));
  expect(found, `${field}: …${message}… among ${JSON.stringify(problems, undefined, 1)}`).to.be.true;
}

/** The same fields, and of each what the server says of it; of types and unknown fields offline says it better. */
function expectSameVerdict(offline: readonly Problem[], told: readonly Problem[]): void {
  if (offline.some(isOverlookedByServer)) return;
  // The server refuses to decode an object with unknown fields, and looks no further.
  const comparable = offline.some(isUnknownField) ? offline.filter(isUnknownField) : offline;
  expect(fieldsOf(comparable), JSON.stringify({ offline, told }, undefined, 1)).to.deep.equal(fieldsOf(told));
  const words = told.map(describeProblem);
  for (const problem of comparable) expect(words).to.include(describeProblem(problem));
}

/** A list where a number or a time belongs: the server's schema check passes it where the field has a `format`. */
function isOverlookedByServer({ reason, message }: Problem): boolean {
  return reason === 'FieldValueTypeInvalid' && /must be of type (integer|string): "array"$/.test(message);
}

function isUnknownField({ reason }: Problem): boolean {
  return reason === 'FieldValueUnknown';
}

function fieldsOf(problems: readonly Problem[]): string[] {
  return [...new Set(problems.map(({ field }) => field))].sort();
}

function describeProblem({ field, reason, message }: Problem): string {
  const isSaidBetter = reason === 'FieldValueUnknown' || reason === 'FieldValueTypeInvalid';
  return isSaidBetter ? `${field}: ${reason}` : `${field}: ${reason}: ${message}`;
}
