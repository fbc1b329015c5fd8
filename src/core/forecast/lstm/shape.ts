/** How large the LSTM is, and how far it looks: what inputs, network and training must agree on. */
import { RESOURCES } from '../../resources.ts';

/** Figures of each block of rows: mean, largest and least value. */
export const CHANNELS = 3;
/** Last rows that are seen one by one. */
export const RECENT_ROWS = 12;
/** Figures of the series as a whole; `inputs.ts` lists them. */
export const STATIC_FIGURES = RECENT_ROWS + RESOURCES.length + 6;
/** Figures of a lead; `inputs.ts` lists them. */
export const LEAD_FIGURES = 11;

export interface LstmShape {
  /** The window: `blocks * blockRows` rows before the origin. */
  readonly blocks: number;
  readonly blockRows: number;
  /** Cells of the LSTM. */
  readonly units: number;
  /** What is known of the series, whatever the lead. */
  readonly context: number;
  /** Hidden units of what is said of a lead. */
  readonly decoder: number;
}

/** Steps below it are fine: their histories are short, and a block is a few minutes. */
const FINE_STEP_SECONDS = 120;

/** Three days in hours of 5-minute rows; of fine rows four hours in blocks of four. */
export function shapeFor(stepSeconds: number): LstmShape {
  const window =
    stepSeconds < FINE_STEP_SECONDS ? { blocks: 60, blockRows: 4 } : { blocks: 72, blockRows: 12 };
  return { ...window, units: 32, context: 48, decoder: 32 };
}
