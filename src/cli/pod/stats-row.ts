import type { PodMemberStats } from '../../index.js';
import { humanSize } from '../output/human-size.js';

/** Column headings of podman's pod stats by template field. */
export const STATS_HEADINGS = {
  Pod: 'POD',
  CID: 'CID',
  Name: 'NAME',
  CPU: 'CPU %',
  MemUsage: 'MEM USAGE/ LIMIT',
  Mem: 'MEM %',
  NetIO: 'NET IO',
  BlockIO: 'BLOCK IO',
  PIDS: 'PIDS',
} as const;

const percent = (part: number): string => `${part.toFixed(2)}%`;

/**
 * One container of `pod stats`.
 *
 * @param memory the memory of the machine in bytes: the limit where there is no lower one
 */
export function statsRow(
  podId: string,
  { id, name, runningMs, memoryLimit, stats }: PodMemberStats,
  memory: number,
) {
  const usage = stats.memory?.usage ?? 0;
  const limit = Math.min(memoryLimit ?? memory, memory);
  const lifetimeUsec = Math.max(1, runningMs) * 1000;
  const busy = stats.cpu?.usageUsec ?? 0;
  const sum = (key: 'readBytes' | 'writeBytes'): number =>
    (stats.io ?? []).reduce((total, device) => total + device[key], 0);
  return {
    Pod: podId.slice(0, 12),
    CID: id.slice(0, 12),
    Name: name,
    // Since it started, as podman's first look has it.
    CPU: percent((busy / lifetimeUsec) * 100),
    MemUsage: `${humanSize(usage)} / ${humanSize(limit)}`,
    Mem: percent((usage / limit) * 100),
    NetIO: '-- / --',
    BlockIO: `${humanSize(sum('readBytes'))} / ${humanSize(sum('writeBytes'))}`,
    PIDS: String(stats.pids?.current ?? 0),
  };
}
