/** Amounts for people to read: short, with the suffixes that they write themselves. */
import type { Resource } from '../resources.ts';

const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL_SUFFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

/** "1.5Gi". At most three significant decimals fewer than the unit: 1,600,000,000 bytes are "1.49Gi". */
export function formatBytes(bytes: number): string {
  return scaled(bytes, 1024, BINARY_SUFFIXES);
}

/** "250m" under one core, else "1.5". */
export function formatCpu(cores: number): string {
  if (Math.abs(cores) < 1 && cores !== 0) return `${round(cores * 1000)}m`;
  return String(round(cores));
}

/** "1.5G": bits per second. */
export function formatBitsPerSecond(bits: number): string {
  return scaled(bits, 1000, DECIMAL_SUFFIXES);
}

export function formatAmount(amount: number, resource: Resource): string {
  switch (resource) {
    case 'cpu':
      return formatCpu(amount);
    case 'memory':
      return formatBytes(amount);
    case 'network':
      return formatBitsPerSecond(amount);
    case 'gpu':
      return String(round(amount));
  }
}

function scaled(amount: number, base: number, suffixes: readonly string[]): string {
  let step = 0;
  let value = amount;
  // 1,023.999 would be rounded to 1,024 of the smaller suffix: compare as it will be shown.
  while (Math.abs(round(value)) >= base && step < suffixes.length - 1) {
    value /= base;
    step += 1;
  }
  return `${round(value)}${suffixes[step] ?? ''}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
