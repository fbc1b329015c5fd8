/**
 * The experts of the ensemble. Their order is that of the gate's weights: who adds, removes or moves one trains the
 * gate anew (`bench/forecast/README.md`).
 */
import { anomalyExpert } from './anomaly.ts';
import type { Expert } from './expert.ts';
import { histogramExpert } from './histogram.ts';
import { HOLD } from './hold.ts';
import { levelExpert } from './level.ts';
import { neighboursExpert } from './neighbours.ts';
import { SEASONAL_NAIVE } from './seasonal-naive.ts';
import { timeOfDayExpert } from './time-of-day.ts';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 24 * HOUR;

export const EXPERTS: readonly Expert[] = [
  levelExpert({ name: 'LastValue', spanSeconds: 0, memorySeconds: 4 * DAY }),
  levelExpert({ name: 'Level30Minutes', spanSeconds: 30 * MINUTE, memorySeconds: 7 * DAY }),
  levelExpert({ name: 'Reverting', spanSeconds: 30 * MINUTE, memorySeconds: 7 * DAY, reverts: true }),
  histogramExpert('Histogram4Minutes', 4 * MINUTE),
  histogramExpert('Histogram10Minutes', 10 * MINUTE),
  histogramExpert('Histogram20Minutes', 20 * MINUTE),
  histogramExpert('Histogram1Hour', HOUR),
  histogramExpert('Histogram3Hours', 3 * HOUR),
  histogramExpert('Histogram8Hours', 8 * HOUR),
  histogramExpert('Histogram1Day', DAY),
  histogramExpert('Histogram3Days', 3 * DAY),
  timeOfDayExpert('DayProfile', 1),
  timeOfDayExpert('WeekProfile', 6),
  SEASONAL_NAIVE,
  anomalyExpert('Anomaly', HOUR, false),
  anomalyExpert('FadingAnomaly', HOUR, true),
  neighboursExpert({ name: 'Neighbours', sameTime: false }),
  neighboursExpert({ name: 'NeighboursInTime', sameTime: true }),
  neighboursExpert({ name: 'FewNeighboursInTime', sameTime: true, most: 40 }),
  neighboursExpert({ name: 'RelativeNeighbours', sameTime: true, isRelative: true }),
  HOLD,
];
