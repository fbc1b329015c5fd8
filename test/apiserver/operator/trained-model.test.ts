/** A NodeForecast that names the LSTM: answered by the ensemble until it is trained, by the LSTM from then on. */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { ANNOTATION_NETWORK_BANDWIDTH } from '../../../src/api/constants.ts';
import type { NodeForecast } from '../../../src/api/types.generated.ts';
import type { Cluster } from '../../../tools/control-plane/cluster.ts';
import { clusterStartTimeoutMs, eventually, sharedCluster } from '../../support/cluster.ts';
import { installOperator, startOperator, type OperatorProcess } from '../../support/operator.ts';
import { forecastOf, historyOf, SIZE } from './history.ts';

const NODE = 'trained-1';

describe('an operator that is asked for an LSTM', function () {
  this.timeout(180_000);
  let cluster: Cluster;
  let directory: string;
  let operator: OperatorProcess | undefined;

  before(async function () {
    this.timeout(clusterStartTimeoutMs);
    cluster = await sharedCluster();
    await cluster.addNodes([
      {
        name: NODE,
        labels: { pool: 'trained' },
        ...SIZE,
        annotations: { [ANNOTATION_NETWORK_BANDWIDTH]: '10G' },
      },
    ]);
    await installOperator(cluster);
    directory = await historyOf(NODE, 3);
  });

  afterEach(async function () {
    if (this.currentTest?.isFailed() === true) console.log(operator?.log());
    await operator?.stop();
    operator = undefined;
  });

  after(async () => {
    await rm(directory, { recursive: true, force: true });
    await cluster.kubectl(['delete', 'nodes', NODE]);
  });

  const start = (): Promise<OperatorProcess> =>
    startOperator(cluster, {
      history: { directory },
      forecast: { periodSeconds: 2, training: { models: [], mostSeconds: 3 } },
      observe: { source: 'None' },
    });

  const forecast = (): Promise<NodeForecast | undefined> => forecastOf(cluster, NODE);
  const modelsOf = (f: NodeForecast | undefined): string[] => [
    ...new Set(f?.status?.resources?.map(({ model = '' }) => model) ?? []),
  ];
  const readyOf = (f: NodeForecast | undefined): string | undefined =>
    f?.status?.conditions?.find(({ type }) => type === 'Ready')?.reason;

  it('forecasts by the ensemble and says so, trains, and forecasts by the LSTM, also after a restart', async () => {
    operator = await start();
    await eventually('a NodeForecast', forecast, (f) => modelsOf(f).includes('Ensemble'), 60);
    await cluster.kubectl(['patch', 'nodeforecast', NODE, '--type=merge', '-p', '{"spec":{"model":"LSTM"}}']);
    const meanwhile = await eventually(
      'what answers meanwhile',
      forecast,
      (f) => readyOf(f) === 'OtherModel',
      30,
    );
    expect(modelsOf(meanwhile)).to.deep.equal(['Ensemble']);

    await eventually('forecasts by the LSTM', forecast, (f) => modelsOf(f).join() === 'LSTM', 60);
    expect(readyOf(await forecast())).to.equal('Forecast');
    expect((await readdir(path.join(directory, 'models'))).join()).to.match(/^LSTM-\d+T\d+Z\.json$/);
    expect(operator.log()).to.match(/trained .*backend=tfjs-(node|wasm)/);
    await operator.stop();

    const issued = (await forecast())?.status?.issuedTime ?? '';
    operator = await start();
    const again = await eventually(
      'a forecast by the next process',
      forecast,
      (f) => (f?.status?.issuedTime ?? '') > issued && modelsOf(f).join() === 'LSTM',
      30,
    );
    expect(readyOf(again)).to.equal('Forecast');
    expect(operator.log()).not.to.include('trainer: training');
  });
});
