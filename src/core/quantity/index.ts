/** Kubernetes quantities: reading them, and writing amounts for people. */
export { formatAmount, formatBitsPerSecond, formatBytes, formatCpu } from './format.ts';
export { parseQuantity, QuantityError, tryParseQuantity } from './quantity.ts';
