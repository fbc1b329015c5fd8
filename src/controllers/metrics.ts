/** What Foreshard counts beside the runtime's own metrics, under `foreshard_…`. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export class OperatorMetrics {
  readonly historyProblems: Counter<'action'>;
  readonly plans: Counter;
  readonly planSeconds: Histogram;
  readonly plansGivenUp: Counter<'reason'>;
  readonly reshards: Counter<'cause'>;
  readonly movedTasks: Counter<'cause'>;
  readonly trainings: Counter<'model' | 'outcome'>;
  readonly trainingSeconds: Counter<'model' | 'backend'>;
  readonly trainedModels: Gauge<'model'>;

  constructor(registry: Registry) {
    const registers = [registry];
    const counter = <L extends string>(name: string, help: string, ...labelNames: L[]): Counter<L> =>
      new Counter({ name, help, labelNames, registers });
    this.historyProblems = counter(
      'foreshard_history_problems_total',
      'Files and columns of the history that could not be used.',
      'action',
    );
    this.plans = counter('foreshard_plans_total', 'First plans of a workflow and of its changes.');
    this.planSeconds = new Histogram({
      name: 'foreshard_planning_seconds',
      help: 'Time until a plan of all workflows was there, that of waiting for the one before not counted.',
      buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60, 120],
      registers,
    });
    this.plansGivenUp = counter(
      'foreshard_plans_given_up_total',
      'Workflows that were set aside since no plan was made in time, or the planner failed.',
      'reason',
    );
    this.reshards = counter('foreshard_reshards_total', 'Changes of a plan in force.', 'cause');
    this.movedTasks = counter('foreshard_moved_tasks_total', 'Tasks that reshards have moved.', 'cause');
    this.trainings = counter(
      'foreshard_trainings_total',
      'Trainings on the history. Saved: in use. NoBetter: what is shipped stays.',
      'model',
      'outcome',
    );
    this.trainingSeconds = counter(
      'foreshard_training_seconds_total',
      'Time that trainings took in their thread.',
      'model',
      'backend',
    );
    this.trainedModels = new Gauge({
      name: 'foreshard_trained_model_time_seconds',
      help: 'When the model in use was trained, seconds since the epoch; 0: it is the shipped one, or there is none.',
      labelNames: ['model'],
      registers,
    });
  }
}
