/** Labels of a task's Job and pods. */
import { LABEL_TASK, LABEL_TASK_TYPE, LABEL_TEMPLATE, LABEL_WORKFLOW } from '../../api/constants.ts';

type Labels = Readonly<Record<string, string>>;

/** Owned by tools that prune what carries their mark (Argo CD, Helm): never passed on to what Foreshard makes. */
const FOREIGN =
  /^(argocd\.argoproj\.io\/|meta\.helm\.sh\/|helm\.sh\/|app\.kubernetes\.io\/(instance|managed-by)$)/;

/** What of a template's labels or annotations its pods carry. */
export function passedOn(map: Labels | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(map ?? {}).filter(([key]) => !FOREIGN.test(key)));
}

export interface LabelledTask {
  readonly name: string;
  readonly type: string;
  /** One of spec.templates; undefined for a task with a template of its own. */
  readonly template?: string;
}

/** Those of every attempt. */
export function taskLabels(workflow: string, { name, type, template }: LabelledTask): Record<string, string> {
  return {
    [LABEL_WORKFLOW]: workflow,
    [LABEL_TASK]: name,
    [LABEL_TASK_TYPE]: type,
    ...(template === undefined ? {} : { [LABEL_TEMPLATE]: template }),
  };
}
