/**
 * The data sets that tasks read and make. A set is made by one task at most, and read by tasks that start
 * after it; a set that no task makes comes from outside, and must say its size.
 */
import type { Problem } from '../../api/problem.ts';
import type { InputDataSet, Task } from '../../api/types.generated.ts';
import type { DataSet } from '../plan/snapshot.ts';
import { tryParseQuantity } from '../quantity/quantity.ts';
import { Ancestors } from './ancestors.ts';
import type { TaskGraph } from './graph.ts';
import { suggestion } from '../../api/suggestion.ts';

export interface TaskData {
  readonly inputs: readonly DataSet[];
  readonly outputs: readonly DataSet[];
}

interface Producer {
  readonly task: number;
  readonly bytes: number;
}

/** Inputs and outputs by position of the task. */
export function resolveData(tasks: readonly Task[], graph: TaskGraph, problems: Problem[]): TaskData[] {
  const producers = new Map<string, Producer>();
  const outputs = tasks.map((task, i) =>
    (task.outputs ?? []).map((output, j) => {
      const field = `spec.tasks[${i}].outputs[${j}]`;
      const bytes = readSize(output.size, field, problems);
      const other = producers.get(output.name);
      if (other === undefined) {
        producers.set(output.name, { task: i, bytes });
      } else {
        const by = `spec.tasks[${other.task}] ("${tasks[other.task]?.name ?? ''}")`;
        const message = `data set "${output.name}" is made by ${by} as well: give one of them another name`;
        problems.push({ field, reason: 'DuplicateOutput', message });
      }
      return { name: output.name, bytes };
    }),
  );

  // Without an order of the tasks (there is a cycle) nobody can say what comes before what.
  let ancestors: Ancestors | undefined;
  const isBefore = (producer: number, task: number): boolean => {
    if (graph.order === undefined || graph.graph[task]?.includes(producer) === true) return true;
    ancestors ??= new Ancestors(graph.graph, graph.order);
    return ancestors.has(task, producer);
  };

  return tasks.map((task, i) => ({
    inputs: (task.inputs ?? []).map((input, j) => {
      const field = `spec.tasks[${i}].inputs[${j}]`;
      const producer = producers.get(input.name);
      if (producer === undefined) return externalInput(input, field, producers, problems);
      if (!isBefore(producer.task, i)) {
        const maker = tasks[producer.task]?.name ?? '';
        const message =
          producer.task === i
            ? `task "${task.name}" makes data set "${input.name}" itself: remove the input`
            : `data set "${input.name}" is made by task "${maker}", which "${task.name}" does not wait for: add "${maker}" to its dependencies`;
        problems.push({ field, reason: 'InputNotFromDependency', message });
      }
      return { name: input.name, bytes: producer.bytes };
    }),
    outputs: outputs[i] ?? [],
  }));
}

function externalInput(
  input: InputDataSet,
  field: string,
  producers: ReadonlyMap<string, Producer>,
  problems: Problem[],
): DataSet {
  if (input.size === undefined) {
    const hint = suggestion(input.name, producers.keys());
    const message = `no task makes data set "${input.name}"${hint}: correct the name, or give its size if it comes from outside`;
    problems.push({ field, reason: 'UnknownInput', message });
    return { name: input.name, bytes: 0 };
  }
  return { name: input.name, bytes: readSize(input.size, field, problems) };
}

function readSize(size: number | string, field: string, problems: Problem[]): number {
  const bytes = tryParseQuantity(size);
  if (bytes !== undefined && bytes >= 0) return bytes;
  const message = `${JSON.stringify(size)} is not a number of bytes, such as 500M or 20Gi`;
  problems.push({ field: `${field}.size`, reason: 'InvalidQuantity', message });
  return 0;
}
