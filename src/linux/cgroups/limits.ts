import { invalid } from '../kernel-error.js';
import type { Limit } from './text.js';

/** Limits on one block device. */
export interface IoLimit {
  /** Its numbers: `8:0`. */
  readonly device: string;
  /** Bytes a second. */
  readonly readBytes?: Limit | undefined;
  readonly writeBytes?: Limit | undefined;
  /** Operations a second. */
  readonly readOperations?: Limit | undefined;
  readonly writeOperations?: Limit | undefined;
}

/** How much a device's RDMA resources may be used. */
export interface RdmaLimit {
  readonly handles?: Limit | undefined;
  readonly objects?: Limit | undefined;
}

/**
 * What a cgroup may use, in the terms of version 2 (Documentation/admin-guide/cgroup-v2.rst); where version 1 has the same
 * under another name, that is said. Setting changes what is given and leaves the rest as it is; reading tells all that the
 * controllers have.
 */
export interface CgroupLimits {
  readonly cpu?:
    | {
        /** Its share against its siblings, 1 to 10000, 100 unless set. On version 1 cpu.shares, converted. */
        readonly weight?: number | undefined;
        /** Microseconds of processor time in each period. */
        readonly quota?: Limit | undefined;
        /** Microseconds. */
        readonly period?: number | undefined;
        /** Microseconds above the quota that may be saved up. */
        readonly burst?: number | undefined;
        /** Only what others leave (SCHED_IDLE for the whole cgroup). */
        readonly idle?: boolean | undefined;
      }
    | undefined;
  readonly cpuset?:
    | {
        /** Empty is those of the parent; version 1 takes no empty list. */
        readonly cpus?: readonly number[] | undefined;
        readonly mems?: readonly number[] | undefined;
      }
    | undefined;
  /** Bytes. */
  readonly memory?:
    | {
        readonly max?: Limit | undefined;
        /** Above it processes are slowed down; version 2. */
        readonly high?: Limit | undefined;
        /** Kept for it as long as others have some to give. On version 1 soft_limit_in_bytes, the reservation. */
        readonly low?: Limit | undefined;
        /** Kept for it in any case; version 2. */
        readonly min?: Limit | undefined;
        /** Swap alone. On version 1 memory.memsw.limit_in_bytes less the limit of memory, so `max` must be set too. */
        readonly swap?: Limit | undefined;
        /** Whether the kernel's out-of-memory killer takes the cgroup as a whole; version 2. */
        readonly oomGroup?: boolean | undefined;
        /** False lets processes wait instead of being killed; version 1, memory.oom_control. */
        readonly oomKill?: boolean | undefined;
        /** 0 to 200, how gladly it is swapped out; version 1. */
        readonly swappiness?: number | undefined;
      }
    | undefined;
  readonly pids?: { readonly max?: Limit | undefined } | undefined;
  readonly io?:
    | {
        /** 1 to 10000, 100 unless set; on version 1 blkio.bfq.weight, converted. */
        readonly weight?: number | undefined;
        readonly max?: readonly IoLimit[] | undefined;
      }
    | undefined;
  /** Bytes of huge pages, by their size as the files name it: `2MB`. */
  readonly hugetlb?: Readonly<Record<string, Limit>> | undefined;
  /** By the name of the device. */
  readonly rdma?: Readonly<Record<string, RdmaLimit>> | undefined;
}

/** One thing that is limited. */
export type LimitKind = keyof CgroupLimits;

/** A value for a file. */
export interface LimitWrite {
  readonly file: string;
  readonly value: string;
}

/** Reads a file of the cgroup; undefined if it has no such file. */
export type ReadFile = (file: string) => string | undefined;

/** How one version has one kind of limits. */
export interface LimitCodec<Kind extends LimitKind> {
  /** The files to read for `decode`. */
  readonly files: readonly string[];
  /** What to write, in order. */
  encode(limits: NonNullable<CgroupLimits[Kind]>, read: ReadFile): LimitWrite[];
  decode(read: ReadFile): NonNullable<CgroupLimits[Kind]>;
}

/** A codec for each kind. */
export type LimitCodecs = { readonly [Kind in LimitKind]-?: LimitCodec<Kind> };

/**
 * A limit that is to be written.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function limitText(what: string, value: Limit, none = 'max'): string {
  if (value === 'max') return none;
  return wholeText(what, value);
}

/** A number in a range that is to be written. */
export function wholeText(what: string, value: number, least = 0, most = Number.MAX_SAFE_INTEGER): string {
  if (!Number.isSafeInteger(value) || value < least || value > most)
    throw invalid(
      `${what} must be a whole number ${most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`}, not ${JSON.stringify(value)}`,
    );
  return String(value);
}

/** The numbers of a device that are to be written. */
export function deviceText(device: string): string {
  if (!/^\d+:\d+$/.test(device))
    throw invalid(`a device must be given by its numbers, such as 8:0, not ${JSON.stringify(device)}`);
  return device;
}

/** The members of an object that are not undefined. */
export function defined<T extends object>(object: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never;
}
