import { expect } from 'chai';
import fc from 'fast-check';
import { type KubernetesObject, Store } from '../../../src/runtime/index.ts';

interface Pod extends KubernetesObject {
  node?: string;
}

const pod = (name: string, version: number, node = 'n1'): Pod => ({
  metadata: { namespace: 'default', name, resourceVersion: String(version) },
  node,
});

describe('A store', () => {
  it('finds objects by an index that was added before or after them, and follows their changes', () => {
    const store = new Store<Pod>();
    store.observe('ADDED', pod('a', 1));
    store.addIndex('node', ({ node }) => (node === undefined ? [] : [node]));
    store.observe('ADDED', pod('b', 2));
    expect(store.byIndex('node', 'n1')).to.have.length(2);
    store.observe('MODIFIED', pod('a', 3, 'n2'));
    store.observe('DELETED', pod('b', 4));
    expect(store.byIndex('node', 'n1')).to.deep.equal([]);
    expect(store.byIndex('node', 'n2')).to.deep.equal([pod('a', 3, 'n2')]);
    expect(() => store.byIndex('zone', 'x')).to.throw('addIndex');
  });

  it('compares versions as numbers and not as text', () => {
    const store = new Store<Pod>();
    store.observe('ADDED', pod('a', 9));
    expect(store.observe('MODIFIED', pod('a', 10))).to.equal(true);
    const huge = pod('a', 0);
    huge.metadata!.resourceVersion = '90071992547409931';
    store.observe('MODIFIED', huge);
    const hugeLess = structuredClone(huge);
    hugeLess.metadata!.resourceVersion = '90071992547409930';
    expect(store.observe('MODIFIED', hugeLess)).to.equal(false);
  });

  it('does not let a late write bring a deleted object back', () => {
    const store = new Store<Pod>();
    store.observe('ADDED', pod('a', 1));
    store.observe('DELETED', pod('a', 5));
    expect(store.assume(pod('a', 4))).to.equal(false);
    expect(store.has('default/a')).to.equal(false);
    expect(store.assume(pod('a', 6)), 'made anew').to.equal(true);
  });

  it('keeps what is newer than a list, and deletes the rest that the list lacks', () => {
    const store = new Store<Pod>();
    store.replace([pod('a', 1), pod('b', 2)], 10n);
    store.assume(pod('mine', 12));
    const deleted: string[] = [];
    store.subscribe({ deleted: (object) => deleted.push(object.metadata?.name ?? '') });
    store.replace([pod('a', 1)], 11n);
    expect(deleted).to.deep.equal(['b']);
    expect(store.keys()).to.deep.equal(['default/a', 'default/mine']);
  });

  it('drops an object that was deleted here, and takes it back when it turns out to live on', () => {
    const store = new Store<Pod>();
    store.observe('ADDED', pod('a', 1));
    expect(store.assumeDeleted(pod('a', 1))).to.equal(true);
    expect(store.observe('MODIFIED', pod('a', 2)), 'a finalizer holds it').to.equal(true);
  });

  it('replays what is there to a new handler, and tells it nothing after it unsubscribed', () => {
    const store = new Store<Pod>();
    store.observe('ADDED', pod('a', 1));
    const heard: string[] = [];
    const off = store.subscribe({
      added: (object) => heard.push(`added ${String(object.metadata?.name)}`),
      updated: (object, old) =>
        heard.push(`${String(old.metadata?.resourceVersion)} to ${String(object.metadata?.resourceVersion)}`),
    });
    store.observe('MODIFIED', pod('a', 2));
    store.observe('MODIFIED', pod('a', 2));
    off();
    store.observe('MODIFIED', pod('a', 3));
    expect(heard).to.deep.equal(['added a', '1 to 2']);
  });

  it('ends equal to the world from any mix of early writes, late events and repeated events', () => {
    const names = fc.constantFrom('a', 'b', 'c');
    fc.assert(
      fc.property(
        fc.array(fc.record({ name: names, remove: fc.boolean(), assume: fc.boolean() })),
        (steps) => {
          const store = new Store<Pod>();
          const world = new Map<string, Pod>();
          const events: ['ADDED' | 'MODIFIED' | 'DELETED', Pod][] = [];
          steps.forEach(({ name, remove, assume }, i) => {
            const object = pod(name, i + 1);
            if (remove && !world.has(name)) return;
            events.push([remove ? 'DELETED' : world.has(name) ? 'MODIFIED' : 'ADDED', object]);
            if (remove) world.delete(name);
            else world.set(name, object);
            if (assume && !remove) store.assume(object);
          });
          for (const [type, object] of [...events, ...events]) store.observe(type, object);
          const kept = store
            .list()
            .sort((x, y) => String(x.metadata?.name).localeCompare(String(y.metadata?.name)));
          const wanted = [...world].sort(([x], [y]) => x.localeCompare(y)).map(([, object]) => object);
          expect(kept).to.deep.equal(wanted);
        },
      ),
    );
  });
});
