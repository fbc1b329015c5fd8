/** The planning thread: a loop around `Looks`. */
import { serveThread } from '../../runtime/thread-worker.ts';
import { Looks } from './engine.ts';
import type { Call, Told } from './protocol.ts';
import { SnapshotDecoder } from './snapshot-codec.ts';

const looks = new Looks();
const decoder = new SnapshotDecoder();

serveThread((call: Call): Told => {
  switch (call.kind) {
    case 'look':
      return looks.look(call.id, {
        snapshot: decoder.decode(call.snapshot),
        provisional: call.provisional,
      });
    case 'place':
      return looks.place(call.question);
  }
});
