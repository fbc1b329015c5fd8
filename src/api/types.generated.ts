/**
 * The types of the API group foreshard.dev, generated from crds/*.yaml by tools/generate/types.ts: edit
 * those, and run `npm run generate`. Fields that the API server fills with a default are optional here,
 * since a manifest may leave them out.
 */
import type { ListMeta, ObjectMeta } from './meta.ts';

export interface Affinity {
  nodeAffinity?: NodeAffinity;
  /**
   * The task starts only in a domain where one of the pods runs; the first of several that name each
   * other may start anywhere.
   */
  podAffinity?: PodAffinity;
  /**
   * The task starts only in a domain where none of the pods is, and waits for one; nor do these start
   * where it runs.
   */
  podAntiAffinity?: PodAffinity;
}

export interface AlternativeNode {
  node: string;
  /**
   * Expected.
   */
  endTime?: string;
  contentionPermille?: number;
}

export interface AvailableQuantiles {
  p05?: number[];
  p10?: number[];
  p25?: number[];
  p50?: number[];
  p75?: number[];
  p90?: number[];
  p95?: number[];
}

export interface Backoff {
  /**
   * Before the second attempt. Default: 10.
   */
  durationSeconds?: number;
  /**
   * By which each further wait is longer. Default: 2.
   */
  factor?: number;
  /**
   * No wait is longer. Default: 600.
   */
  maxDurationSeconds?: number;
}

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  observedGeneration?: number;
  lastTransitionTime: string;
  reason: string;
  message: string;
}

export interface Container {
  /**
   * Of the container.
   */
  name: string;
  image?: string;
  [k: string]: unknown;
}

export interface EnvVar {
  name: string;
  value?: string;
}

export interface HistorySelector {
  /**
   * The latest rows, back to so long ago. Default: 1209600.
   */
  windowSeconds?: number;
}

export interface InputDataSet {
  name: string;
  /**
   * Bytes.
   */
  size?: number | string;
}

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: LabelSelectorRequirement[];
}

export interface LabelSelectorRequirement {
  key: string;
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  values?: string[];
}

export interface LearnedDuration {
  /**
   * The median, which is what plans count on.
   */
  p50: number;
  /**
   * Nine runs of ten are done sooner.
   */
  p90: number;
}

export interface LearnedTaskType {
  /**
   * As in spec.tasks[].type; by default the name of the template.
   */
  type: string;
  /**
   * Successful runs in this namespace whose durations are counted.
   */
  runs: number;
  /**
   * Runs: as many runs as the estimate is worth, or more. Estimate: mostly the estimate of the spec,
   * since fewer have succeeded.
   */
  source: 'Runs' | 'Estimate';
  /**
   * On a node of speed 1, with the spec's estimate (of several tasks its geometric mean) as a prior that
   * counts as three runs.
   */
  durationSeconds: LearnedDuration;
  /**
   * The most that nine runs of ten use of each resource that was measured. What is over the spec's
   * resources raises the demand that is planned, up to the containers' limits.
   */
  peakUsage?: PeakUsage;
}

export interface NodeAffinity {
  requiredDuringSchedulingIgnoredDuringExecution?: NodeSelector;
  preferredDuringSchedulingIgnoredDuringExecution?: PreferredSchedulingTerm[];
}

/**
 * What a node will have free: named as its node, and owned by it.
 */
export interface NodeForecast {
  apiVersion: 'foreshard.dev/v1alpha1';
  kind: 'NodeForecast';
  metadata: ObjectMeta;
  spec?: NodeForecastSpec;
  status?: NodeForecastStatus;
}

export interface NodeForecastList {
  apiVersion: 'foreshard.dev/v1alpha1';
  kind: 'NodeForecastList';
  metadata: ListMeta;
  items: NodeForecast[];
}

export interface NodeForecastSpec {
  /**
   * How far ahead. Default: 86400.
   */
  horizonSeconds?: number;
  /**
   * Length of a step. Default: 900.
   */
  stepSeconds?: number;
  /**
   * Which of the four are forecast.
   */
  resources?: ('cpu' | 'memory' | 'gpu' | 'network')[];
  /**
   * Which part of the history is used.
   */
  history?: HistorySelector;
  /**
   * Auto chooses by measured loss. LSTM is trained on the history; until it is, the Ensemble answers.
   * Default: "Auto".
   */
  model?:
    | 'Auto'
    | 'Ensemble'
    | 'LastValue'
    | 'Level30Minutes'
    | 'Reverting'
    | 'Histogram4Minutes'
    | 'Histogram10Minutes'
    | 'Histogram20Minutes'
    | 'Histogram1Hour'
    | 'Histogram3Hours'
    | 'Histogram8Hours'
    | 'Histogram1Day'
    | 'Histogram3Days'
    | 'DayProfile'
    | 'WeekProfile'
    | 'SeasonalNaive'
    | 'Anomaly'
    | 'FadingAnomaly'
    | 'Neighbours'
    | 'NeighboursInTime'
    | 'FewNeighboursInTime'
    | 'RelativeNeighbours'
    | 'Hold'
    | 'ZeroInflated'
    | 'LSTM'
    | 'ExponentialSmoothing'
    | 'MSTL';
}

export interface NodeForecastStatus {
  observedGeneration?: number;
  /**
   * When the forecast was made.
   */
  issuedTime?: string;
  /**
   * After it the forecast is stale.
   */
  validUntilTime?: string;
  /**
   * Of the first step.
   */
  startTime?: string;
  /**
   * Of the steps below.
   */
  stepSeconds?: number;
  resources?: ResourceForecast[];
  conditions?: Condition[];
}

export interface NodeSelector {
  nodeSelectorTerms: NodeSelectorTerm[];
}

export interface NodeSelectorRequirement {
  key: string;
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
  values?: string[];
}

export interface NodeSelectorTerm {
  matchExpressions?: NodeSelectorRequirement[];
  matchFields?: NodeSelectorRequirement[];
}

export interface ObservedAvailability {
  /**
   * Of the sample.
   */
  time: string;
  available: number;
}

export interface OutputDataSet {
  name: string;
  /**
   * Bytes.
   */
  size: number | string;
}

export interface PeakUsage {
  cpu?: string;
  memory?: string;
  gpu?: string;
  /**
   * Bits per second.
   */
  network?: string;
}

export interface PlanReference {
  name: string;
}

export interface Planning {
  /**
   * Auto: the operator makes the ShardPlan. Manual: the ShardPlan named by planName, which comes from
   * Git, is used as written. Default: "Auto".
   */
  mode?: 'Auto' | 'Manual';
  /**
   * Manual only: the ShardPlan to use. The workflow's name unless set.
   */
  planName?: string;
  /**
   * A node on which a task would be contended for a larger share of its run time is taken only where no
   * node is below. Default: 20.
   */
  contentionCeilingPercent?: number;
  /**
   * What avoiding contention is worth. At 10, a plan that takes 10 % longer is as good where it spares 8
   * % of the run time contention. Less is a faster plan, more a quieter one. Default: 10.
   */
  slackPercent?: number;
}

export interface PodAffinity {
  requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[];
  preferredDuringSchedulingIgnoredDuringExecution?: WeightedPodAffinityTerm[];
}

export interface PodAffinityTerm {
  /**
   * Nodes of one value of this label are one domain, such as kubernetes.io/hostname.
   */
  topologyKey: string;
  /**
   * The pods that count, of this namespace. The tasks of the same template of this workflow unless set.
   */
  labelSelector?: LabelSelector;
}

export interface PodSpec {
  containers: Container[];
  restartPolicy?: string;
  nodeName?: string;
  [k: string]: unknown;
}

export interface PodTemplate {
  /**
   * Labels and annotations of the pods. Those of Argo CD and Helm are left out.
   */
  metadata?: PodTemplateMetadata;
  /**
   * A PodSpec; the API server checks it in full when the task's Job is made. Node selectors, affinity,
   * tolerations, topology spread constraints and requests in it are planned by.
   */
  spec: PodSpec;
}

export interface PodTemplateMetadata {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface PreferredSchedulingTerm {
  weight: number;
  preference: NodeSelectorTerm;
}

export interface Reshard {
  revision: number;
  /**
   * When it was decided.
   */
  time: string;
  cause: string;
  /**
   * That failed or drifted.
   */
  node?: string;
  message?: string;
  movedCount?: number;
  /**
   * The first 50.
   */
  moved?: TaskMove[];
}

export interface Resharding {
  /**
   * Reroute: move the tasks to other nodes. Retry: wait for the node, and run again there. Pause: start
   * nothing until the node is back or the plan is changed. Escalate: only report. Default: "Reroute".
   */
  onNodeFailure?: 'Reroute' | 'Retry' | 'Pause' | 'Escalate';
  /**
   * When a node's load leaves its forecast. Ignore: keep the plan. Default: "Reroute".
   */
  onDrift?: 'Reroute' | 'Ignore' | 'Pause' | 'Escalate';
  /**
   * Retry: look again as the cluster changes. Pause: start no task until a node fits. Escalate: report
   * it as Stalled as well. Default: "Retry".
   */
  whenNoNodeFits?: 'Retry' | 'Pause' | 'Escalate';
  /**
   * May drift stop a running task and start it on another node. Default: "Keep".
   */
  runningTasks?: 'Keep' | 'Restart';
  /**
   * WaitUntilFenced: a task on an unreachable node is started elsewhere only when its first run is known
   * to be dead. StartElsewhere: at once; for tasks of which two runs at a time do no harm. Default:
   * "WaitUntilFenced".
   */
  unreachableNode?: 'WaitUntilFenced' | 'StartElsewhere';
  /**
   * Between two reshards for drift. Default: 300.
   */
  cooldownSeconds?: number;
  /**
   * A task that was moved so often is left where it is. Being bound elsewhere than planned does not
   * count. Default: 5.
   */
  maxReshardsPerTask?: number;
}

export interface ResourceForecast {
  name: 'cpu' | 'memory' | 'gpu' | 'network';
  /**
   * cpu in millicores, memory in MiB, gpu in millidevices, network in kbit/s, here and below.
   */
  capacity?: number;
  /**
   * In use. Prior: there is no history, and the forecast says no more than that the load is within the
   * capacity.
   */
  model?: string;
  /**
   * Pinball loss in a backtest, against seasonal-naive's.
   */
  lossRatioPermille?: number;
  /**
   * Share of what came that was inside the 80 % interval.
   */
  coveragePermille?: number;
  /**
   * The last sample.
   */
  observed?: ObservedAvailability;
  /**
   * 1000 and over is drift.
   */
  driftPermille?: number;
  /**
   * One number a step. p10 is what is free with 90 % certainty.
   */
  available?: AvailableQuantiles;
}

export interface RetryStrategy {
  /**
   * Attempts after the first. Default: 0.
   */
  limit?: number;
  /**
   * Wait before the next attempt.
   */
  backoff?: Backoff;
}

/**
 * Where and when each task of a Workflow runs.
 */
export interface ShardPlan {
  apiVersion: 'foreshard.dev/v1alpha1';
  kind: 'ShardPlan';
  metadata: ObjectMeta;
  spec: ShardPlanSpec;
  status?: ShardPlanStatus;
}

export interface ShardPlanList {
  apiVersion: 'foreshard.dev/v1alpha1';
  kind: 'ShardPlanList';
  metadata: ListMeta;
  items: ShardPlan[];
}

export interface ShardPlanSpec {
  workflowRef: WorkflowReference;
  /**
   * When the plan was made.
   */
  plannedTime?: string;
  /**
   * One for each task.
   */
  assignments: TaskAssignment[];
}

export interface ShardPlanStatus {
  observedGeneration?: number;
  /**
   * Counts the plans in force; the first is 1.
   */
  revision?: number;
  /**
   * What is in force where it differs from spec.
   */
  assignments?: TaskAssignment[];
  tasks?: TaskCounts;
  /**
   * Nodes in use by the plan in force.
   */
  nodes?: number;
  /**
   * Of the last task.
   */
  predictedCompletionTime?: string;
  /**
   * Expected contended share of the run time of all tasks that are not done, in thousandths.
   */
  contentionPermille?: number;
  /**
   * Reshards so far.
   */
  reshardCount?: number;
  /**
   * The last 20, oldest first.
   */
  reshards?: Reshard[];
  /**
   * How often each task was moved, not counting where it was bound; those never moved are left out.
   */
  moveCounts?: TaskMoveCount[];
  conditions?: Condition[];
}

export interface Task {
  /**
   * Unique in the workflow.
   */
  name: string;
  /**
   * Names of tasks that must have succeeded before this one starts.
   */
  dependencies?: string[];
  /**
   * One of spec.templates. Either this or `template`.
   */
  templateRef?: string;
  /**
   * Instead of the template's.
   */
  estimatedDurationSeconds?: number;
  /**
   * Key under which durations and usage are learned from finished runs. The template's name unless set.
   */
  type?: string;
  /**
   * What the task takes while it runs. Where a resource is left out, the sum of its containers' requests
   * is taken. Other resources (extended ones, ephemeral-storage) are requested by the containers only,
   * and planned as well.
   */
  resources?: TaskResources;
  /**
   * What happens when an attempt fails. Without it the first failure is final. Attempts that end because
   * their node failed, or because the plan moved them, are not counted.
   */
  retryStrategy?: RetryStrategy;
  /**
   * An attempt that runs longer is ended and has failed.
   */
  activeDeadlineSeconds?: number;
  /**
   * Labels that the node must carry, beside those of the pod template's own nodeSelector.
   */
  nodeSelector?: Record<string, string>;
  /**
   * As in a Pod's `spec.affinity`, beside that of the pod template. Required terms are hard. Preferred
   * ones count among pods, and not of nodes: the plan chooses the node.
   */
  affinity?: Affinity;
  /**
   * As in a Pod: how evenly tasks that run at a time are spread over domains of nodes. A task waits for
   * a domain that may take it. Beside those of the pod template; of two for one topologyKey and
   * whenUnsatisfiable the task's counts before the template's, and this one's before the pod template's.
   */
  topologySpreadConstraints?: TopologySpreadConstraint[];
  /**
   * Beside those of the pod template.
   */
  tolerations?: Toleration[];
  /**
   * A PodTemplateSpec, as in a Job. Foreshard adds the node, and the requests where the containers state
   * none.
   */
  template?: PodTemplate;
  /**
   * Data sets that the task reads. Those that a dependency makes are moved to its node; their size is
   * taken from there.
   */
  inputs?: InputDataSet[];
  /**
   * Data sets that the task makes.
   */
  outputs?: OutputDataSet[];
  /**
   * Added to every container of the template.
   */
  env?: EnvVar[];
}

export interface TaskAssignment {
  task: string;
  node: string;
  /**
   * Not before.
   */
  startTime?: string;
  /**
   * Expected.
   */
  endTime?: string;
  /**
   * Expected share of the run time in which a resource is short, in thousandths.
   */
  contentionPermille?: number;
  /**
   * Bound: the task is released, and is started here. Provisional: what is planned until then. Default:
   * "Provisional".
   */
  binding?: 'Bound' | 'Provisional';
  /**
   * What decided.
   */
  reason?: string;
  /**
   * The best other nodes, best first.
   */
  alternatives?: AlternativeNode[];
}

export interface TaskCounts {
  total?: number;
  pending?: number;
  running?: number;
  succeeded?: number;
  failed?: number;
  omitted?: number;
}

export interface TaskMove {
  task: string;
  from: string;
  to: string;
  fromContentionPermille?: number;
  toContentionPermille?: number;
}

export interface TaskMoveCount {
  task: string;
  count: number;
}

export interface TaskResources {
  /**
   * CPU in cores.
   */
  cpu?: number | string;
  /**
   * Memory in bytes.
   */
  memory?: number | string;
  /**
   * GPU devices; whole ones. Becomes the extended resource that the operator is configured with
   * (nvidia.com/gpu).
   */
  gpu?: number | string;
  /**
   * Network, sent and received, in bits per second.
   */
  network?: number | string;
}

export interface TaskStatus {
  name: string;
  /**
   * Starting: its Job exists, its pod does not run yet. Omitted: never run, since a dependency failed.
   */
  state: 'Pending' | 'Starting' | 'Running' | 'Succeeded' | 'Failed' | 'Omitted';
  node?: string;
  /**
   * Of the run that the other fields speak of; the first is 1.
   */
  attempt?: number;
  /**
   * Attempts that failed by themselves, and count against retryStrategy.limit.
   */
  failures?: number;
  /**
   * When its container started.
   */
  startTime?: string;
  /**
   * When it ended.
   */
  completionTime?: string;
  reason?: string;
  message?: string;
}

export interface Template {
  /**
   * What tasks refer to.
   */
  name: string;
  /**
   * Expected run time on a node of speed 1, without contention. Learned run times take its place as they
   * become known.
   */
  estimatedDurationSeconds: number;
  /**
   * Key under which durations and usage are learned from finished runs. The template's name unless set.
   */
  type?: string;
  /**
   * What the task takes while it runs. Where a resource is left out, the sum of its containers' requests
   * is taken. Other resources (extended ones, ephemeral-storage) are requested by the containers only,
   * and planned as well.
   */
  resources?: TaskResources;
  /**
   * What happens when an attempt fails. Without it the first failure is final. Attempts that end because
   * their node failed, or because the plan moved them, are not counted.
   */
  retryStrategy?: RetryStrategy;
  /**
   * An attempt that runs longer is ended and has failed.
   */
  activeDeadlineSeconds?: number;
  /**
   * Labels that the node must carry, beside those of the pod template's own nodeSelector.
   */
  nodeSelector?: Record<string, string>;
  /**
   * As in a Pod's `spec.affinity`, beside that of the pod template. Required terms are hard. Preferred
   * ones count among pods, and not of nodes: the plan chooses the node.
   */
  affinity?: Affinity;
  /**
   * As in a Pod: how evenly tasks that run at a time are spread over domains of nodes. A task waits for
   * a domain that may take it. Beside those of the pod template; of two for one topologyKey and
   * whenUnsatisfiable the task's counts before the template's, and this one's before the pod template's.
   */
  topologySpreadConstraints?: TopologySpreadConstraint[];
  /**
   * Beside those of the pod template.
   */
  tolerations?: Toleration[];
  /**
   * A PodTemplateSpec, as in a Job. Foreshard adds the node, and the requests where the containers state
   * none.
   */
  template: PodTemplate;
}

export interface Toleration {
  key?: string;
  operator?: 'Exists' | 'Equal';
  value?: string;
  effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  tolerationSeconds?: number;
}

export interface TopologySpreadConstraint {
  /**
   * Nodes of one value of this label are one domain, such as topology.kubernetes.io/zone.
   */
  topologyKey: string;
  /**
   * By how many pods a domain may be ahead of the one with the fewest. Default: 1.
   */
  maxSkew?: number;
  /**
   * DoNotSchedule: the task waits. ScheduleAnyway: up to a tenth of its run time is given for it.
   * Default: "DoNotSchedule".
   */
  whenUnsatisfiable?: 'DoNotSchedule' | 'ScheduleAnyway';
  /**
   * The pods that count, of this namespace. The tasks of the same template of this workflow unless set.
   */
  labelSelector?: LabelSelector;
  /**
   * While there are fewer domains, the fewest pods of a domain count as 0. DoNotSchedule only.
   */
  minDomains?: number;
  /**
   * Whether nodes that the task's selectors exclude are no domains (Honor) or are. Default: "Honor".
   */
  nodeAffinityPolicy?: 'Honor' | 'Ignore';
  /**
   * Whether nodes with taints that the task does not tolerate are no domains (Honor) or are. Default:
   * "Ignore".
   */
  nodeTaintsPolicy?: 'Honor' | 'Ignore';
}

export interface WeightedPodAffinityTerm {
  /**
   * At 100, up to a tenth of the task's run time is given for it.
   */
  weight: number;
  podAffinityTerm: PodAffinityTerm;
}

/**
 * A graph of tasks that Foreshard plans onto nodes and runs as Jobs.
 */
export interface Workflow {
  apiVersion: 'foreshard.dev/v1alpha1';
  kind: 'Workflow';
  metadata: ObjectMeta;
  spec: WorkflowSpec;
  status?: WorkflowStatus;
}

export interface WorkflowList {
  apiVersion: 'foreshard.dev/v1alpha1';
  kind: 'WorkflowList';
  metadata: ListMeta;
  items: Workflow[];
}

export interface WorkflowReference {
  /**
   * A Workflow of the same namespace.
   */
  name: string;
  /**
   * The generation of the Workflow that was planned.
   */
  generation?: number;
}

export interface WorkflowSpec {
  /**
   * No further task is started while true; those that run go on. Default: false.
   */
  suspend?: boolean;
  /**
   * No task starts earlier.
   */
  notBeforeTime?: string;
  /**
   * Tasks that may run at once. No limit unless set.
   */
  parallelism?: number;
  /**
   * Counted from the start of the first task. When it has passed, running tasks are ended and the
   * workflow has failed.
   */
  activeDeadlineSeconds?: number;
  /**
   * PriorityClass of the tasks' pods. Workflows of higher priority are planned first.
   */
  priorityClassName?: string;
  /**
   * How long the Jobs of a finished workflow are kept. A Workflow never deletes itself.
   */
  ttlSecondsAfterFinished?: number;
  /**
   * How the plan is made.
   */
  planning?: Planning;
  /**
   * What happens when the cluster leaves the plan.
   */
  resharding?: Resharding;
  /**
   * What tasks have in common.
   */
  templates?: Template[];
  /**
   * The nodes of the graph; at most 2,000.
   */
  tasks: Task[];
}

export interface WorkflowStatus {
  observedGeneration?: number;
  /**
   * The plan in force.
   */
  planRef?: PlanReference;
  taskCounts?: TaskCounts;
  /**
   * Of the first task.
   */
  startTime?: string;
  /**
   * When the last task ended.
   */
  completionTime?: string;
  /**
   * By the plan in force.
   */
  predictedCompletionTime?: string;
  /**
   * What finished runs of the types of task of this workflow have taught: the plan counts on it in place
   * of the spec's estimates. Of a type that is not listed nothing has run yet. The first 100 types, by
   * name.
   */
  learned?: LearnedTaskType[];
  tasks?: TaskStatus[];
  conditions?: Condition[];
}
