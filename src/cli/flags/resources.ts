import type { ResourceOptions } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { parseDeviceBytes, parseDeviceOperations, parseDeviceWeight } from './devices.js';
import { collect, collectList, parseFullPairs, parseSize, parseWhole } from './values.js';

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
  readonly cgroupConf?: readonly string[];
}

/** Gives a command the flags that limit a container. */
export function addResourceFlags(command: PodmanCommand): void {
  command
    .option('-m, --memory <size>', 'memory limit')
    .option('--memory-swap <size>', 'limit of memory and swap together; -1 for none')
    .option('--memory-reservation <size>', 'soft memory limit')
    .option('--memory-swappiness <number>', "how readily to swap, 0 to 100; -1 for the machine's own")
    .option('--oom-kill-disable', 'let processes wait for memory instead of killing them')
    .option('--cpus <number>', 'number of CPUs')
    .option('-c, --cpu-shares <weight>', 'CPU weight')
    .option('--cpu-quota <microseconds>', 'CPU time within a period')
    .option('--cpu-period <microseconds>', 'the period of --cpu-quota')
    .option('--cpuset-cpus <list>', 'CPUs to run on')
    .option('--cpuset-mems <list>', 'memory nodes to use')
    .option('--pids-limit <number>', 'limit of processes; -1 for none')
    .option('--blkio-weight <weight>', 'block IO weight, 10 to 1000')
    .option('--blkio-weight-device <device:weight>', 'block IO weight of a device', collectList)
    .option('--device-read-bps <device:size>', 'limit reading from a device, in bytes a second', collectList)
    .option('--device-write-bps <device:size>', 'limit writing to a device, in bytes a second', collectList)
    .option(
      '--device-read-iops <device:number>',
      'limit reading from a device, in operations a second',
      collectList,
    )
    .option(
      '--device-write-iops <device:number>',
      'limit writing to a device, in operations a second',
      collectList,
    )
    .option('--cgroup-conf <file=value>', 'what to write to files of the cgroup (version 2)', collect);
}

/** 0 is podman's word for no limit, with the flags whose default it is. */
function unlessNone(value: number): number | undefined {
  return value === 0 ? undefined : value;
}

/** Microseconds: the period in which --cpus is counted, podman's. */
const CPU_PERIOD = 100_000;
/** A quota of less than a millisecond is none that the kernel takes. */
const LEAST_CPUS = 0.01;

function cpuTime(flags: ResourceFlags): Pick<ResourceOptions, 'cpuQuota' | 'cpuPeriod'> {
  const { cpus, cpuQuota, cpuPeriod } = flags;
  if (cpus === undefined) {
    return {
      ...(cpuQuota !== undefined && { cpuQuota: unlessNone(parseWhole('cpu-quota', cpuQuota, -1)) }),
      ...(cpuPeriod !== undefined && { cpuPeriod: unlessNone(parseWhole('cpu-period', cpuPeriod)) }),
    };
  }
  if (cpuQuota !== undefined) throw new UsageError('--cpu-quota and --cpus cannot be set together');
  if (cpuPeriod !== undefined) throw new UsageError('--cpu-period and --cpus cannot be set together');
  const count = Number(cpus);
  const refuse = (why: string) =>
    new UsageError(`invalid argument ${JSON.stringify(cpus)} for "--cpus" flag: ${why}`);
  if (!/^\d*\.?\d+$/.test(cpus)) throw refuse('give a number of CPUs, such as 1.5');
  if (count === 0) return {};
  if (count < LEAST_CPUS) throw refuse(`the least is ${LEAST_CPUS}, and 0 is no limit`);
  return { cpuPeriod: CPU_PERIOD, cpuQuota: Math.round(count * CPU_PERIOD) };
}

/** The limits that the flags ask for. */
export function parseResources(flags: ResourceFlags): ResourceOptions {
  const { memory, memorySwap, memoryReservation, cpuShares, cpusetCpus, cpusetMems, pidsLimit, blkioWeight } =
    flags;
  return {
    ...(memory !== undefined && { memory: unlessNone(parseSize('memory', memory)) }),
    ...(memorySwap !== undefined && { memorySwap: unlessNone(parseSize('memory-swap', memorySwap, true)) }),
    ...(memoryReservation !== undefined && {
      memoryReservation: unlessNone(parseSize('memory-reservation', memoryReservation)),
    }),
    ...cpuTime(flags),
    ...(cpuShares !== undefined && { cpuShares: unlessNone(parseWhole('cpu-shares', cpuShares)) }),
    ...(cpusetCpus !== undefined && { cpusetCpus }),
    ...(cpusetMems !== undefined && { cpusetMems }),
    ...(pidsLimit !== undefined && { pidsLimit: parseWhole('pids-limit', pidsLimit, -1) }),
    ...(flags.memorySwappiness !== undefined && {
      memorySwappiness: parseWhole('memory-swappiness', flags.memorySwappiness, -1),
    }),
    ...(flags.oomKillDisable !== undefined && { oomKillDisable: flags.oomKillDisable }),
    ...(blkioWeight !== undefined && { blkioWeight: unlessNone(parseWhole('blkio-weight', blkioWeight)) }),
    blkioWeightDevice: flags.blkioWeightDevice?.map(parseDeviceWeight),
    deviceReadBps: flags.deviceReadBps?.map((text) => parseDeviceBytes('device-read-bps', text)),
    deviceWriteBps: flags.deviceWriteBps?.map((text) => parseDeviceBytes('device-write-bps', text)),
    deviceReadIops: flags.deviceReadIops?.map((text) => parseDeviceOperations('device-read-iops', text)),
    deviceWriteIops: flags.deviceWriteIops?.map((text) => parseDeviceOperations('device-write-iops', text)),
    ...(flags.cgroupConf !== undefined && { unified: parseFullPairs('cgroup-conf', flags.cgroupConf) }),
  };
}
