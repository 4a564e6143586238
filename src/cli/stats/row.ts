import type { ContainerStats } from '../../index.js';
import { goDuration } from '../../base/go-duration.js';
import { humanSize } from '../output/human-size.js';

const ID_WIDTH = 12;
const KIB = 1024;
const NS_PER_MS = 1e6;
const BINARY_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** podman's headings by the fields of a format: podman-stats(1). */
export const STATS_HEADINGS = {
  ID: 'ID',
  Name: 'NAME',
  CPUPerc: 'CPU %',
  MemUsage: 'MEM USAGE / LIMIT',
  MemUsageBytes: 'MEM USAGE / LIMIT',
  MemPerc: 'MEM %',
  NetIO: 'NET IO',
  BlockIO: 'BLOCK IO',
  PIDS: 'PIDS',
  PIDs: 'PIDS',
  CPUTime: 'CPU TIME',
  AVGCPU: 'AVG CPU %',
} as const;

function binarySize(bytes: number): string {
  let unit = 0;
  let size = bytes;
  for (; size >= KIB && unit < BINARY_UNITS.length - 1; unit++) size /= KIB;
  return `${Number(size.toPrecision(4))}${BINARY_UNITS[unit] ?? ''}`;
}

const percent = (value: number): string => `${value.toFixed(2)}%`;
const both = (first: number, second: number, size = humanSize): string => `${size(first)} / ${size(second)}`;

/** What a format of stats may show. */
export function statsRow(stats: ContainerStats, truncate: boolean) {
  const pids = String(stats.pids);
  const cpuTime = goDuration(BigInt(Math.round(stats.cpuNano)));
  return {
    ID: truncate ? stats.id.slice(0, ID_WIDTH) : stats.id,
    Name: stats.name,
    CPUPerc: percent(stats.cpuPercent),
    MemUsage: both(stats.memoryUsage, stats.memoryLimit),
    MemUsageBytes: both(stats.memoryUsage, stats.memoryLimit, binarySize),
    MemPerc: percent(stats.memoryPercent),
    NetIO: both(stats.networkInput, stats.networkOutput),
    BlockIO: both(stats.blockInput, stats.blockOutput),
    PIDS: pids,
    PIDs: pids,
    CPUTime: cpuTime,
    AVGCPU: percent(stats.averageCpuPercent),
    ContainerID: stats.id,
    CPU: stats.cpuPercent,
    AvgCPU: stats.averageCpuPercent,
    CPUNano: stats.cpuNano,
    SystemNano: stats.time.getTime() * NS_PER_MS,
    // What these two are called in podman notwithstanding, they are processor time there.
    UpTime: cpuTime,
    Duration: stats.cpuNano,
    MemLimit: stats.memoryLimit,
    NetInput: stats.networkInput,
    NetOutput: stats.networkOutput,
    BlockInput: stats.blockInput,
    BlockOutput: stats.blockOutput,
  };
}

/** A container that never was, to try a format on. */
export const SAMPLE_STATS: ContainerStats = {
  id: '',
  name: '',
  state: 'unknown',
  time: new Date(0),
  cpuNano: 0,
  cpuPercent: 0,
  averageCpuPercent: 0,
  memoryUsage: 0,
  memoryLimit: 0,
  memoryPercent: 0,
  networkInput: 0,
  networkOutput: 0,
  blockInput: 0,
  blockOutput: 0,
  pids: 0,
};

/** One container of `stats --format json`, with podman's keys. */
export function statsJson(stats: ContainerStats, truncate: boolean) {
  const row = statsRow(stats, truncate);
  return {
    id: row.ID,
    name: row.Name,
    cpu_time: row.CPUTime,
    cpu_percent: row.CPUPerc,
    avg_cpu: row.AVGCPU,
    mem_usage: row.MemUsage,
    mem_percent: row.MemPerc,
    net_io: row.NetIO,
    block_io: row.BlockIO,
    pids: row.PIDS,
  };
}
