/**
 * What tasks take of a node, as a row of numbers: the four resources in the order of `RESOURCES`, one pod, and what
 * else containers request (extended resources, ephemeral storage) by name. Of the latter nothing is forecast.
 */
import { RESOURCES } from '../resources.ts';

export const CPU = RESOURCES.indexOf('cpu');
export const MEMORY = RESOURCES.indexOf('memory');
export const PODS = RESOURCES.length;
/** In a row, with so many names beside. */
export const dimensionsWith = (others: readonly string[]): number => PODS + 1 + others.length;
