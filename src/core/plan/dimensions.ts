/**
 * What tasks take of a node, as a row of numbers: the four resources in the order of `RESOURCES`, and one pod.
 */
import { RESOURCES } from '../resources.ts';

export const CPU = RESOURCES.indexOf('cpu');
export const MEMORY = RESOURCES.indexOf('memory');
export const PODS = RESOURCES.length;
export const DIMENSIONS = RESOURCES.length + 1;
