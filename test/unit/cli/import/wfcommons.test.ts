import { expect } from 'chai';
import { Validator } from '../../../../src/api/validation/index.ts';
import { checkObject } from '../../../../src/cli/manifests/check.ts';
import { parseInstance, toWorkflow, type WfInstance } from '../../../../src/cli/import/wfcommons.ts';

const INSTANCE: WfInstance = {
  name: 'Tiny run.1',
  workflow: {
    specification: {
      tasks: [
        { id: 'split_ID0000001', name: 'split_ID0000001', inputFiles: ['raw'], outputFiles: ['part'] },
        {
          id: 'map_ID0000002',
          name: 'map_ID0000002',
          parents: ['split_ID0000001'],
          inputFiles: ['part', 'late'],
          outputFiles: ['part', 'done'],
        },
        { id: 'map.ID0000002', name: 'map_ID0000003', outputFiles: ['late'] },
      ],
      files: [
        { id: 'raw', sizeInBytes: 1000 },
        { id: 'part', sizeInBytes: 500 },
        { id: 'done', sizeInBytes: 10 },
      ],
    },
    execution: {
      tasks: [
        { id: 'split_ID0000001', runtimeInSeconds: 0.2, coreCount: 4 },
        { id: 'map_ID0000002', runtimeInSeconds: 61.6, avgCPU: 150, memoryInBytes: 3 * 1024 ** 3 },
      ],
    },
  },
};
const OPTIONS = { image: 'registry.example.com/task:1', resources: { cpu: '1', memory: '512Mi' } };

describe('a WfCommons instance', () => {
  const workflow = toWorkflow(INSTANCE, OPTIONS);

  it('becomes a Workflow that lint accepts', async () => {
    expect(checkObject(await Validator.load(), workflow).problems).to.deep.equal([]);
    expect(workflow.metadata.name).to.equal('tiny-run-1');
  });

  it('keeps run times, and what was recorded of CPU and memory', () => {
    const [split, map, other] = workflow.spec.tasks;
    expect([split?.estimatedDurationSeconds, split?.resources]).to.deep.equal([
      1,
      { cpu: '4', memory: '512Mi' },
    ]);
    expect([map?.estimatedDurationSeconds, map?.resources]).to.deep.equal([
      62,
      { cpu: '2', memory: '3072Mi' },
    ]);
    expect(other?.resources).to.deep.equal({ cpu: '1', memory: '512Mi' });
  });

  it('has a template for each kind of task, and names that are taken once', () => {
    expect(workflow.spec.templates?.map((t) => t.name)).to.deep.equal(['split', 'map']);
    expect(workflow.spec.tasks.map((t) => t.name)).to.deep.equal([
      'split-id0000001',
      'map-id0000002',
      'map-id0000002-2',
    ]);
  });

  it('moves data along its edges, and leaves out sets of which nobody knows when they are there', () => {
    const [split, map] = workflow.spec.tasks;
    expect(split?.inputs).to.deep.equal([{ name: 'raw', size: '1000' }]);
    expect(map?.inputs).to.deep.equal([{ name: 'part' }]);
    expect(map?.outputs).to.deep.equal([{ name: 'done', size: '10' }]);
  });

  it('is refused with a reason where it is none', () => {
    expect(() => parseInstance('{', 'a.json')).to.throw(/a\.json: this is no JSON/);
    expect(() => parseInstance('{"workflow": {"jobs": []}}', 'old.json')).to.throw(/WfFormat 1\.5/);
  });
});
