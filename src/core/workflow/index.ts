/** Workflows made ready for planning and dispatch, and the rules that their schema cannot say. */
export { buildGraph, type GraphTask, type TaskGraph } from './graph.ts';
export { resolveWorkflow } from './resolve.ts';
export type { ResolvedTask, ResolvedWorkflow, ResolveOptions } from './types.ts';
