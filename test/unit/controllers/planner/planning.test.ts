import { expect } from 'chai';
import { directPlanEngine, type PlanEngine } from '../../../../src/controllers/planner/engine.ts';
import { Planning, type Look } from '../../../../src/controllers/planner/planning.ts';
import type { GivenUp } from '../../../../src/controllers/planner/set-aside.ts';
import type { WorkflowSnapshot } from '../../../../src/core/plan/snapshot.ts';
import type { View } from '../../../../src/core/reshard/look.ts';
import { ThreadDiedError, ThreadTimeoutError } from '../../../../src/runtime/index.ts';
import { node, NOW, snapshot, task, workflow } from '../../core/builders.ts';

const id = (name: string) => ({ namespace: 'default', name });
const names = (...tasks: string[]) => tasks.map((name) => task(name));
const MINUTE = 60_000;

/** A cluster that a test changes, and what the planner was shown of it. */
class Cluster {
  now = NOW;
  workflows: WorkflowSnapshot[];
  readonly shown: View[] = [];
  readonly givenUp: string[] = [];
  readonly planning: Planning;

  /** @param fault of a look; undefined: it is answered */
  constructor(workflows: WorkflowSnapshot[], fault: (view: View) => Error | undefined = () => undefined) {
    this.workflows = workflows;
    const engine = directPlanEngine();
    const faulty: PlanEngine = {
      ...engine,
      look: (view) => {
        this.shown.push(view);
        const error = fault(view);
        return error === undefined ? engine.look(view) : Promise.reject(error);
      },
    };
    this.planning = new Planning({
      engine: faulty,
      view: () => ({
        snapshot: snapshot([node('n1'), node('n2')], this.workflows, { now: this.now }),
        provisional: this.workflows.map(() => []),
      }),
      onGivenUp: ({ name }, { reason }) => this.givenUp.push(`${name}: ${reason}`),
    });
  }

  look(): Promise<Look> {
    return this.planning.look(new AbortController().signal);
  }
}

const plannedTasks = (look: Look, name: string): string[] | GivenUp | undefined => {
  const answer = look.of(id(name));
  if (answer === undefined) return undefined;
  return 'givenUp' in answer ? answer.givenUp : answer.rolling.assignments.map((a) => a.task);
};

/** Fails while so much of a workflow is to be planned. */
const tooLarge =
  (most: number) =>
  ({ snapshot: { workflows } }: View): Error | undefined =>
    workflows.some((w) => w.tasks.length > most) ? new ThreadTimeoutError('it took too long') : undefined;

describe('planning of all workflows together', () => {
  it('is one plan for all who ask while another is made, and of the cluster as it is by then', async () => {
    const cluster = new Cluster([workflow('w', names('a'))]);
    const first = cluster.look();
    await Promise.resolve();
    const others = [cluster.look(), cluster.look(), cluster.look()];
    cluster.workflows = [workflow('w', names('a')), workflow('late', names('b'))];
    const looks = await Promise.all([first, ...others]);
    expect(cluster.shown).to.have.length(2);
    expect(plannedTasks(looks[0], 'late')).to.equal(undefined);
    expect(new Set(looks.slice(1)).size).to.equal(1);
    expect(plannedTasks(looks[1]!, 'late')).to.deep.equal(['b']);
  });

  it('goes on without a workflow whose plan takes too long, and tries it again later each time', async () => {
    const cluster = new Cluster(
      [workflow('small', names('a')), workflow('big', names('b', 'c', 'd'))],
      tooLarge(2),
    );
    const first = await cluster.look();
    expect(plannedTasks(first, 'small')).to.deep.equal(['a']);
    expect(plannedTasks(first, 'big')).to.deep.include({
      reason: 'PlanningTimeout',
      message: 'it took too long',
      until: NOW + MINUTE,
    });
    expect(cluster.givenUp).to.deep.equal(['big: PlanningTimeout']);

    cluster.now += MINUTE - 1;
    await cluster.look();
    expect(cluster.shown, 'left out at once').to.have.length(3);
    cluster.now += 1;
    expect(plannedTasks(await cluster.look(), 'big')).to.deep.include({ until: cluster.now + 2 * MINUTE });
    expect(cluster.givenUp).to.have.length(2);

    cluster.now += 2 * MINUTE;
    cluster.workflows = [workflow('small', names('a')), workflow('big', names('b', 'c'))];
    expect(plannedTasks(await cluster.look(), 'big')).to.deep.equal(['b', 'c']);
  });

  it('suspects what has come since the last plan, however small, before what could be planned', async () => {
    const old = workflow('old', names('a', 'b', 'c'));
    const poison = workflow('poison', names('x'));
    const cluster = new Cluster([old], ({ snapshot: { workflows } }) =>
      workflows.some((w) => w.tasks.some((t) => t.name === 'x'))
        ? new Error('a fault in the planner')
        : undefined,
    );
    await cluster.look();
    cluster.workflows = [old, poison];
    const look = await cluster.look();
    expect(plannedTasks(look, 'old')).to.deep.equal(['a', 'b', 'c']);
    expect(cluster.givenUp).to.deep.equal(['poison: PlanningFailed']);
  });

  it('keeps room for what runs of a workflow that is left out', async () => {
    const running = task('r', { state: 'Running', node: 'n1', startTime: NOW, dependencies: ['gone'] });
    const big = workflow('big', [task('gone', { state: 'Succeeded' }), running, ...names('b', 'c')]);
    const cluster = new Cluster([workflow('small', names('a')), big], tooLarge(3));
    await cluster.look();
    expect(cluster.shown.at(-1)?.snapshot.workflows[1]?.tasks).to.deep.equal([
      { ...running, dependencies: [] },
    ]);
  });

  it('forgives a thread that died once, and blames nobody where nothing is left to leave out', async () => {
    let deaths = 1;
    const cluster = new Cluster([workflow('w', names('a'))], () => {
      deaths -= 1;
      return deaths >= 0 ? new ThreadDiedError('the planning thread ended') : undefined;
    });
    expect(plannedTasks(await cluster.look(), 'w')).to.deep.equal(['a']);
    expect(cluster.givenUp).to.be.empty;

    deaths = Infinity;
    const error = await cluster.look().catch((e: unknown) => e);
    expect(error).to.be.instanceOf(ThreadDiedError);
    deaths = 0;
    cluster.now += MINUTE;
    expect(plannedTasks(await cluster.look(), 'w'), 'and goes on afterwards').to.deep.equal(['a']);
  });
});
