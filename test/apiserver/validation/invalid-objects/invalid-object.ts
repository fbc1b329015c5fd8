/** One mistake, and who finds it. */
import type { Json } from '../valid-base.ts';

export interface InvalidObject {
  /** What is wrong, in words. */
  readonly name: string;
  readonly object: Json;
  /** The field that must be named. */
  readonly field: string;
  /** A part of the message. */
  readonly message: string;
  readonly by: 'server' | 'rules';
}

type Make = (name: string, object: Json, field: string, message: string) => InvalidObject;

const foundBy =
  (by: InvalidObject['by']): Make =>
  (name, object, field, message) => ({ name, object, field, message, by });

/** Refused by the API server, and offline by the same schema. */
export const server = foundBy('server');

/**
 * What no schema can say within the API server's cost limits: the server takes it, `foreshard lint` refuses it, and the
 * operator reports it as Stalled.
 */
export const rules = foundBy('rules');
