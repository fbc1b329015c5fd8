/** The default queries, asked of a real Prometheus that scrapes exporters whose rates are known exactly. */
import { expect } from 'chai';
import { PrometheusSource, backgroundLoad } from '../../../src/metrics/index.ts';
import type { LoadReport } from '../../../src/metrics/index.ts';
import { findPrometheus, startPrometheus } from '../../../tools/history/prometheus.ts';
import type { PrometheusServer } from '../../../tools/history/prometheus.ts';
import { eventually } from '../../support/cluster.ts';
import { INVENTED, InventedNode } from './invented-node.ts';

const WINDOW_SECONDS = 12;

describe('The default queries for nodes and pods, on a real Prometheus', function () {
  this.timeout(240_000); // the first run may have to fetch the package

  const exporters: InventedNode[] = [];
  let server: PrometheusServer | undefined;
  let report: LoadReport;
  const warnings: string[] = [];

  before(async function () {
    const prometheus = await findPrometheus();
    if (prometheus.binary === undefined) {
      console.log(`      left out: ${prometheus.reason}`);
      this.skip();
    }
    // Two scrapes of everything, as a highly available pair of Prometheus behind one query frontend gives.
    exporters.push(await InventedNode.start('a'), await InventedNode.start('b'));
    const targets = exporters.map(({ target }) => target);
    server = await startPrometheus({ binary: prometheus.binary, targets, scrapeIntervalSeconds: 1 });
    const source = new PrometheusSource({
      url: server.url,
      rateWindowSeconds: WINDOW_SECONDS,
      now: () => Date.now(),
      onWarning: (warning) => warnings.push(warning),
    });
    const pods = [{ namespace: 'lab', name: 'fit.1', node: INVENTED.node }];
    report = await eventually(
      'rates are observed',
      () => source.observe(AbortSignal.timeout(10_000), pods),
      ({ nodes: [node] }) => typeof node?.load.cpu === 'number' && typeof node.load.network === 'number',
      60,
    );
  });

  after(async () => {
    await server?.stop();
    for (const exporter of exporters) await exporter.stop();
  });

  /** What counted between the last scrape before a reset and the reset is lost to everybody. */
  const near = (value: number) => [0.7 * value, 1.15 * value] as const;

  it('see to counters that begin anew, and count what is scraped twice once', () => {
    const [node] = report.nodes;
    expect(warnings).to.deep.equal([]);
    expect(report.nodes).to.have.lengthOf(1);
    expect(node?.node).to.equal(INVENTED.node);
    expect(node?.load.cpu).to.be.within(...near(INVENTED.nodeCores));
    expect(node?.load.memory).to.equal(INVENTED.memory);
    expect(node?.load.network).to.be.within(...near(2 * 8 * INVENTED.nodeBytes));
    expect(node?.load.gpu).to.equal(null);
  });

  it("count a pod's containers, those restarted too, and neither its cgroup nor its pause container", () => {
    const [pod] = report.pods;
    expect(report.pods).to.have.lengthOf(1);
    expect(pod?.usage.cpu).to.be.within(...near(INVENTED.podCores));
    expect(pod?.usage.memory).to.equal(INVENTED.podMemory);
    expect(pod?.usage.network).to.be.within(...near(2 * 8 * INVENTED.podBytes));
  });

  it('leave the background when the one is taken off the other', () => {
    const own = {
      namespace: 'lab',
      name: 'fit.1',
      node: INVENTED.node,
      requests: { cpu: 1, memory: 1, gpu: 0, network: 0 },
      isRunning: true,
      usesHostNetwork: false,
    };
    const whole = report.nodes[0]?.load ?? { cpu: null, memory: null, gpu: null, network: null };
    const background = backgroundLoad(whole, [own], () => report.pods[0]?.usage);
    expect(background.cpu).to.be.closeTo(INVENTED.nodeCores - INVENTED.podCores, 2);
    expect(background.memory).to.equal(INVENTED.memory - INVENTED.podMemory);
  });
});
