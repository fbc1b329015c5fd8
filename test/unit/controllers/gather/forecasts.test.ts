import { expect } from 'chai';
import type { NodeForecast } from '../../../../src/api/types.generated.ts';
import { availabilityFromStatus } from '../../../../src/controllers/gather/forecasts.ts';

const START = '2026-03-02T12:00:00Z';

function forecast(p10: number[], p90: number[]): NodeForecast {
  return {
    apiVersion: 'foreshard.dev/v1alpha1',
    kind: 'NodeForecast',
    metadata: { name: 'n1' },
    status: {
      startTime: START,
      stepSeconds: 900,
      resources: [{ name: 'cpu', available: { p10, p90 } }, { name: 'memory' }],
    },
  };
}

describe('what a NodeForecast says is free', () => {
  it('is in base units, by step and level, of the resources that are forecast', () => {
    const { cpu, ...others } = availabilityFromStatus(forecast([1500, 500], [4000, 3000]));
    expect(others).to.deep.equal({});
    expect(cpu).to.deep.equal({
      startTime: Date.parse(START),
      stepSeconds: 900,
      steps: 2,
      levels: [0.1, 0.9],
      values: Float64Array.of(1.5, 4, 0.5, 3),
    });
  });

  it('is as long as its shortest quantile, and nothing before it is issued', () => {
    expect(availabilityFromStatus(forecast([1000, 1000, 1000], [2000])).cpu?.steps).to.equal(1);
    expect(availabilityFromStatus({ ...forecast([1], [2]), status: {} })).to.deep.equal({});
    const { status, ...unissued } = forecast([1], [2]);
    expect(status).to.not.equal(undefined);
    expect(availabilityFromStatus(unissued)).to.deep.equal({});
  });

  it('is read once for as long as the forecast stands, and anew when it is issued anew', () => {
    const first = forecast([1000], [2000]);
    const read = availabilityFromStatus(first);
    expect(availabilityFromStatus({ ...first })).to.equal(read);
    expect(availabilityFromStatus(forecast([500], [2000])).cpu?.values).to.deep.equal(
      Float64Array.of(0.5, 2),
    );
  });
});
