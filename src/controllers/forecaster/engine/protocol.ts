/** What the operator's thread and the forecasting thread say to each other. */
import type { NodeAnswer, NodeQuestion, Trained } from './forecasts.ts';

export type Call =
  | { readonly kind: 'forecast'; readonly question: NodeQuestion }
  | { readonly kind: 'use'; readonly trained: Trained }
  | { readonly kind: 'forget'; readonly node: string }
  | { readonly kind: 'save' }
  | { readonly kind: 'load'; readonly bytes: Uint8Array; readonly now: number };

export type Told = NodeAnswer | Uint8Array | number | undefined;
