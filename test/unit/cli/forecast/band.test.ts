import { expect } from 'chai';
import { renderForecast } from '../../../../src/cli/forecast/band.ts';
import type { NodeForecast } from '../../../../src/api/types.generated.ts';

const forecast = (status: NodeForecast['status']): NodeForecast => ({
  apiVersion: 'foreshard.dev/v1alpha1',
  kind: 'NodeForecast',
  metadata: { name: 'n1' },
  spec: {},
  status,
});

describe('foreshard forecast', () => {
  it('draws a line an hour: the band of 80 %, of 50 %, and the median, on the scale of the capacity', () => {
    const hours = 2;
    const steps = 4 * hours;
    const text = renderForecast(
      forecast({
        issuedTime: '2026-03-01T08:00:00Z',
        validUntilTime: '2026-03-01T09:00:00Z',
        startTime: '2026-03-01T08:00:00Z',
        stepSeconds: 900,
        resources: [
          {
            name: 'cpu',
            capacity: 16_000,
            model: 'Ensemble',
            lossRatioPermille: 612,
            coveragePermille: 805,
            available: {
              p10: Array<number>(steps).fill(2000),
              p25: Array<number>(steps).fill(4000),
              p50: Array<number>(steps).fill(8000),
              p75: Array<number>(steps).fill(10_000),
              p90: Array<number>(steps).fill(12_000),
            },
          },
        ],
      }),
    );
    const lines = text.trimEnd().split('\n');
    expect(lines[2]).to.equal(
      "cpu: available of 16 cores · Ensemble · loss 0.61 of seasonal-naive's · 81 % within the 80 % band",
    );
    expect(lines.slice(3)).to.have.lengthOf(hours);
    expect(lines[4]).to.equal(
      `03-01 09:00  ${'·'.repeat(6)}${'░'.repeat(6)}${'▒'.repeat(12)}█${'▒'.repeat(6)}${'░'.repeat(6)}${'·'.repeat(11)}  8 (2 – 12)`,
    );
  });

  it('says where there is none yet', () => {
    expect(renderForecast(forecast(undefined))).to.equal('n1 has no forecast yet\n');
  });
});
