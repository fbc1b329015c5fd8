/**
 * A node's GPU load: the devices that others have taken, or, where several pods share a device, how much devices are
 * used. A device that is bound to a pod is not free however idle it is; a shared one is as free as it is idle.
 *
 * Shared devices are known by the labels of NVIDIA's GPU feature discovery. Time slicing and MPS show each device as
 * several; a MIG slice is a device of its own, which one pod takes.
 */
import type { Node } from '../gather/kubernetes.ts';

const SHARING_LABEL = 'nvidia.com/gpu.sharing-strategy';
const DEVICES_LABEL = 'nvidia.com/gpu.count';
const SHARED: ReadonlySet<string | undefined> = new Set(['time-slicing', 'mps']);

export interface GpuSignals {
  /** Devices (as Kubernetes counts them) that other pods have taken. */
  readonly taken: number;
  /** Physical devices in use by others; null: not measured. */
  readonly utilised: number | null;
}

/**
 * @param capacity devices as Kubernetes counts them
 * @returns devices as Kubernetes counts them; null where the node has none, or what is asked for is not measured
 */
export function gpuLoad(
  node: Node,
  capacity: number,
  { taken, utilised }: GpuSignals,
  choice: 'Auto' | 'Allocated' | 'Utilised',
): number | null {
  if (capacity <= 0) return null;
  const labels = node.metadata?.labels ?? {};
  const isShared = SHARED.has(labels[SHARING_LABEL]);
  if (choice === 'Allocated' || (choice === 'Auto' && !isShared)) return taken;
  if (utilised === null) return null;
  const devices = Number(labels[DEVICES_LABEL]);
  return isShared && devices > 0 ? utilised * (capacity / devices) : utilised;
}
