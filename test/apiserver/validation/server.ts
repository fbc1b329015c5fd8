/** What a real API server says of an object, without storing it. */
import type { KubeConfig } from '@kubernetes/client-node';
import { NODE_FORECASTS, SHARD_PLANS, WORKFLOWS } from '../../../src/api/constants.ts';
import type { Problem } from '../../../src/api/problem.ts';
import { parseStatus, type Status } from '../../../src/runtime/api-error.ts';
import { HttpTransport, readText } from '../../../src/runtime/http-transport.ts';
import { resourcePath } from '../../../src/runtime/types.ts';
import type { Json } from './valid-base.ts';

const TYPES = [WORKFLOWS, SHARD_PLANS, NODE_FORECASTS];

export class Server {
  readonly #transport: HttpTransport;

  constructor(config: KubeConfig) {
    this.#transport = new HttpTransport(config);
  }

  /** Refusals as problems; none when the object would be created. Unknown fields are refused, as `kubectl apply` asks for. */
  async dryRun(object: Json): Promise<Problem[]> {
    const type = TYPES.find(({ kind }) => kind === object.kind) ?? WORKFLOWS;
    const path = resourcePath(type, type.namespaced ? { namespace: 'default' } : {});
    const incoming = await this.#transport.send({
      method: 'POST',
      path: `${path}?dryRun=All&fieldValidation=Strict`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(object),
    });
    const text = await readText(incoming);
    const code = incoming.statusCode ?? 0;
    return code < 300 ? [] : toProblems(parseStatus(code, text));
  }

  close(): void {
    this.#transport.close();
  }
}

function toProblems(status: Status): Problem[] {
  const causes = status.details?.causes ?? [];
  if (causes.length > 0) {
    const problems = causes.map(({ field = '', reason = '', message = '' }) => ({
      field: field === '<nil>' ? '' : field,
      reason,
      message,
    }));
    // A note, not a problem; and what is told of the type a second time, without a field.
    const isNote = /some validation rules were not checked|Checked value must be of type/;
    const named = problems.filter(({ message }) => !isNote.test(message));
    return named.length > 0 ? named : problems;
  }
  const message = status.message ?? status.reason ?? '';
  const unknown = [...message.matchAll(/unknown field "([^"]+)"/g)];
  if (unknown.length > 0) {
    return unknown.map(([text, field = '']) => ({ field, reason: 'FieldValueUnknown', message: text }));
  }
  return [{ field: '', reason: status.reason ?? '', message }];
}
