/**
 * What the interfaces in `types.generated.ts` are called.
 *
 * A key is the path of an object schema within a kind, or just its end: `tasks[]` names the items of every
 * list `tasks`. The longest key that fits wins. Equal schemas may share a name, and become one interface.
 */
export const INTERFACE_NAMES: Readonly<Record<string, string>> = {
  'Workflow.spec': 'WorkflowSpec',
  'Workflow.spec.planning': 'Planning',
  'Workflow.spec.resharding': 'Resharding',
  'Workflow.spec.templates[]': 'Template',
  'Workflow.spec.tasks[]': 'Task',
  'Workflow.status': 'WorkflowStatus',
  'Workflow.status.planRef': 'PlanReference',
  'Workflow.status.taskCounts': 'TaskCounts',
  'Workflow.status.tasks[]': 'TaskStatus',

  resources: 'TaskResources',
  retryStrategy: 'RetryStrategy',
  backoff: 'Backoff',
  'inputs[]': 'InputDataSet',
  'outputs[]': 'OutputDataSet',
  'env[]': 'EnvVar',

  'Workflow.status.learned[]': 'LearnedTaskType',
  'Workflow.status.learned[].durationSeconds': 'LearnedDuration',
  'Workflow.status.learned[].peakUsage': 'PeakUsage',
  template: 'PodTemplate',
  'template.metadata': 'PodTemplateMetadata',
  'template.spec': 'PodSpec',
  'containers[]': 'Container',
  affinity: 'Affinity',
  nodeAffinity: 'NodeAffinity',
  requiredDuringSchedulingIgnoredDuringExecution: 'NodeSelector',
  'nodeSelectorTerms[]': 'NodeSelectorTerm',
  'preferredDuringSchedulingIgnoredDuringExecution[]': 'PreferredSchedulingTerm',
  preference: 'NodeSelectorTerm',
  'matchExpressions[]': 'NodeSelectorRequirement',
  'matchFields[]': 'NodeSelectorRequirement',
  podAffinity: 'PodAffinity',
  podAntiAffinity: 'PodAffinity',
  'podAffinity.requiredDuringSchedulingIgnoredDuringExecution[]': 'PodAffinityTerm',
  'podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[]': 'PodAffinityTerm',
  'podAffinity.preferredDuringSchedulingIgnoredDuringExecution[]': 'WeightedPodAffinityTerm',
  'podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[]': 'WeightedPodAffinityTerm',
  podAffinityTerm: 'PodAffinityTerm',
  labelSelector: 'LabelSelector',
  'labelSelector.matchExpressions[]': 'LabelSelectorRequirement',
  'topologySpreadConstraints[]': 'TopologySpreadConstraint',
  'tolerations[]': 'Toleration',
  'conditions[]': 'Condition',

  'ShardPlan.spec': 'ShardPlanSpec',
  'ShardPlan.spec.workflowRef': 'WorkflowReference',
  'assignments[]': 'TaskAssignment',
  'alternatives[]': 'AlternativeNode',
  'ShardPlan.status': 'ShardPlanStatus',
  'ShardPlan.status.tasks': 'TaskCounts',
  'ShardPlan.status.reshards[]': 'Reshard',
  'ShardPlan.status.reshards[].moved[]': 'TaskMove',
  'ShardPlan.status.moveCounts[]': 'TaskMoveCount',

  'NodeForecast.spec': 'NodeForecastSpec',
  'NodeForecast.spec.history': 'HistorySelector',
  'NodeForecast.status': 'NodeForecastStatus',
  'NodeForecast.status.resources[]': 'ResourceForecast',
  'NodeForecast.status.resources[].observed': 'ObservedAvailability',
  'NodeForecast.status.resources[].available': 'AvailableQuantiles',
};

/** The name of the object schema at `path`, such as `Workflow.spec.tasks[].inputs[]`. */
export function interfaceName(path: string): string {
  const matching = Object.keys(INTERFACE_NAMES).filter((key) => path === key || path.endsWith(`.${key}`));
  const longest = matching.sort((a, b) => b.length - a.length)[0];
  const name = longest === undefined ? undefined : INTERFACE_NAMES[longest];
  if (name === undefined) {
    throw new Error(
      `The object schema ${path} has no interface name: add one to INTERFACE_NAMES in tools/generate/names.ts.`,
    );
  }
  return name;
}
