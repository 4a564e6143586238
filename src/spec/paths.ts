import { normalizePath } from '../oci/check/mounts.js';
import { show } from '../oci/problem.js';
import { invalid } from './invalid.js';

/** Hidden from a container: podman 4.3's list. What the kernel lacks is skipped. */
export const MASKED_PATHS: readonly string[] = [
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/fs/selinux',
  '/sys/dev/block',
];

/** Read-only in a container: podman 4.3's list. */
export const READONLY_PATHS: readonly string[] = [
  '/proc/asound',
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

export interface PathOptions {
  readonly privileged?: boolean | undefined;
  readonly mask?: readonly string[] | undefined;
  readonly unmask?: readonly string[] | 'ALL' | undefined;
}

/**
 * The masked and read-only paths of a container: podman-run(1), --security-opt mask and unmask.
 *
 * A privileged container has neither, but for what `mask` names.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function resolvePaths(options: PathOptions): { masked: string[]; readonly: string[] } {
  const { unmask = [], mask = [] } = options;
  const relative = mask.find((path) => !path.startsWith('/'));
  if (relative !== undefined)
    invalid(`the path ${show(relative)} of mask is relative; write an absolute one`);
  const bare =
    options.privileged === true || unmask === 'ALL' || unmask.some((path) => path.toUpperCase() === 'ALL');
  const patterns = bare ? [] : unmask.map(pathPattern);
  const kept = (paths: readonly string[]) =>
    bare ? [] : paths.filter((path) => !patterns.some((pattern) => pattern.test(path)));
  const masked = kept(MASKED_PATHS);
  return {
    masked: [...masked, ...mask.filter((path) => !masked.includes(path))],
    readonly: kept(READONLY_PATHS),
  };
}

/** A pattern such as `/proc/*`, whose `*` stands for any characters but a slash. */
function pathPattern(glob: string): RegExp {
  const literal = normalizePath(glob).replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('*', '[^/]*')}$`);
}
