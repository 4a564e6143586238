import type { ResourceOptions } from '../../index.js';
import { UsageError } from '../errors.js';
import { parseDeviceBytes, parseDeviceOperations, parseDeviceWeight } from './devices.js';
import { parseSize, parseWhole } from './values.js';

/** The flags that limit a container: podman-run(1), --memory to --device-write-iops. */
export interface ResourceFlags {
  readonly memory?: string;
  readonly memorySwap?: string;
  readonly memoryReservation?: string;
  readonly cpus?: string;
  readonly cpuShares?: string;
  readonly cpuQuota?: string;
  readonly cpuPeriod?: string;
  readonly cpusetCpus?: string;
  readonly cpusetMems?: string;
  readonly pidsLimit?: string;
  readonly memorySwappiness?: string;
  readonly oomKillDisable?: boolean;
  readonly blkioWeight?: string;
  readonly blkioWeightDevice?: readonly string[];
  readonly deviceReadBps?: readonly string[];
  readonly deviceWriteBps?: readonly string[];
  readonly deviceReadIops?: readonly string[];
  readonly deviceWriteIops?: readonly string[];
}

/** Microseconds: the period in which --cpus is counted, podman's. */
const CPU_PERIOD = 100_000;

function cpuTime(flags: ResourceFlags): Pick<ResourceOptions, 'cpuQuota' | 'cpuPeriod'> {
  const { cpus, cpuQuota, cpuPeriod } = flags;
  if (cpus === undefined) {
    return {
      ...(cpuQuota !== undefined && { cpuQuota: parseWhole('cpu-quota', cpuQuota, -1) }),
      ...(cpuPeriod !== undefined && { cpuPeriod: parseWhole('cpu-period', cpuPeriod) }),
    };
  }
  if (cpuQuota !== undefined) throw new UsageError('--cpu-quota and --cpus cannot be set together');
  if (cpuPeriod !== undefined) throw new UsageError('--cpu-period and --cpus cannot be set together');
  const count = Number(cpus);
  if (!/^\d*\.?\d+$/.test(cpus) || !(count > 0))
    throw new UsageError(`invalid argument ${JSON.stringify(cpus)} for "--cpus" flag: give a number above 0`);
  return { cpuPeriod: CPU_PERIOD, cpuQuota: Math.round(count * CPU_PERIOD) };
}

/** The limits that the flags ask for. */
export function parseResources(flags: ResourceFlags): ResourceOptions {
  const { memory, memorySwap, memoryReservation, cpuShares, cpusetCpus, cpusetMems, pidsLimit, blkioWeight } =
    flags;
  return {
    ...(memory !== undefined && { memory: parseSize('memory', memory) }),
    ...(memorySwap !== undefined && { memorySwap: parseSize('memory-swap', memorySwap, true) }),
    ...(memoryReservation !== undefined && {
      memoryReservation: parseSize('memory-reservation', memoryReservation),
    }),
    ...cpuTime(flags),
    ...(cpuShares !== undefined && { cpuShares: parseWhole('cpu-shares', cpuShares) }),
    ...(cpusetCpus !== undefined && { cpusetCpus }),
    ...(cpusetMems !== undefined && { cpusetMems }),
    ...(pidsLimit !== undefined && { pidsLimit: parseWhole('pids-limit', pidsLimit, -1) }),
    ...(flags.memorySwappiness !== undefined && {
      memorySwappiness: parseWhole('memory-swappiness', flags.memorySwappiness, -1),
    }),
    ...(flags.oomKillDisable !== undefined && { oomKillDisable: flags.oomKillDisable }),
    ...(blkioWeight !== undefined && { blkioWeight: parseWhole('blkio-weight', blkioWeight) }),
    blkioWeightDevice: flags.blkioWeightDevice?.map(parseDeviceWeight),
    deviceReadBps: flags.deviceReadBps?.map((text) => parseDeviceBytes('device-read-bps', text)),
    deviceWriteBps: flags.deviceWriteBps?.map((text) => parseDeviceBytes('device-write-bps', text)),
    deviceReadIops: flags.deviceReadIops?.map((text) => parseDeviceOperations('device-read-iops', text)),
    deviceWriteIops: flags.deviceWriteIops?.map((text) => parseDeviceOperations('device-write-iops', text)),
  };
}
