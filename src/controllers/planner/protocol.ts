/** What the operator's thread and the planning thread say to each other. */
import type { WorkflowPlan } from '../../core/plan/snapshot.ts';
import type { Looked, View } from '../../core/reshard/look.ts';
import type { LookId, PlaceQuestion } from './engine.ts';
import type { EncodedSnapshot } from './snapshot-codec.ts';

export type Call =
  | {
      readonly kind: 'look';
      readonly id: LookId;
      readonly snapshot: EncodedSnapshot;
      readonly provisional: View['provisional'];
    }
  | { readonly kind: 'place'; readonly question: PlaceQuestion };

export type Told = Looked | WorkflowPlan;
