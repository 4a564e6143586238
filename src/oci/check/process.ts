import { CAPABILITY_NAMES, isCapabilityName } from '../../base/capabilities.js';
import { numberListMask } from '../number-list.js';
import type { Refuse } from '../problem.js';
import { refuseLongPath, show } from '../problem.js';
import type { LinuxCapabilities, PosixRlimit, Process } from '../runtime-spec.js';

/** The user and group number that the kernel reads as "leave unchanged" is one above. */
const MAX_ID = 2 ** 32 - 2;

/**
 * Checks what the schema cannot say of a process: config.md, "Process".
 *
 * @param path where the process stands, such as `process`
 */
export function checkProcess(process: Process, path: string, refuse: Refuse): void {
  if (!process.cwd.startsWith('/')) {
    refuse(`${path}.cwd`, `is ${show(process.cwd)}, but must be an absolute path`);
  }
  refuseLongPath(`${path}.cwd`, process.cwd, refuse);
  if (process.args.length === 0) refuse(`${path}.args`, 'is empty, but must name a program');
  if (process.args[0] === '') refuse(`${path}.args[0]`, 'is "", but must name a program');
  checkIds(process, path, refuse);
  checkEnvironment(process.env ?? [], `${path}.env`, refuse);
  checkCapabilities(process.capabilities ?? {}, `${path}.capabilities`, refuse);
  checkRlimits(process.rlimits ?? [], `${path}.rlimits`, refuse);
  for (const when of ['initial', 'final'] as const) {
    const list = process.execCPUAffinity?.[when];
    if (list && numberListMask(list) === undefined)
      refuse(`${path}.execCPUAffinity.${when}`, `is ${show(list)}, but must be a list such as 0-3,7`);
  }
}

/** Numbers out of range would wrap in the kernel, and 4294967296 be root (CVE-2024-40635 of containerd). */
function checkIds({ user }: Process, path: string, refuse: Refuse): void {
  const check = (id: number, field: string) => {
    if (Number.isInteger(id) && id >= 0 && id <= MAX_ID) return;
    refuse(`${path}.user.${field}`, `is ${show(id)}, but must be a whole number from 0 to ${MAX_ID}`);
  };
  check(user.uid, 'uid');
  check(user.gid, 'gid');
  user.additionalGids?.forEach((gid, index) => check(gid, `additionalGids[${index}]`));
}

function checkEnvironment(env: readonly string[], path: string, refuse: Refuse): void {
  env.forEach((entry, index) => {
    if (entry.indexOf('=') < 1) refuse(`${path}[${index}]`, `is ${show(entry)}, but must be NAME=value`);
  });
}

function checkCapabilities(sets: LinuxCapabilities, path: string, refuse: Refuse): void {
  for (const [set, names] of Object.entries(sets) as [string, readonly string[] | undefined][]) {
    names?.forEach((name, index) => {
      if (isCapabilityName(name)) return;
      const meant = CAPABILITY_NAMES.find(
        (known) => known === `CAP_${name.toUpperCase().replace(/^CAP_/, '')}`,
      );
      refuse(
        `${path}.${set}[${index}]`,
        `is ${show(name)}, which is no Linux capability; ${meant ? `write ${meant}` : 'see capabilities(7)'}`,
      );
    });
  }
}

function checkRlimits(rlimits: readonly PosixRlimit[], path: string, refuse: Refuse): void {
  const seen = new Map<string, number>();
  rlimits.forEach(({ type, soft, hard }, index) => {
    const first = seen.get(type);
    if (first !== undefined) {
      refuse(`${path}[${index}].type`, `is ${show(type)}, like that of ${path}[${first}]; keep one of them`);
    }
    seen.set(type, index);
    if (soft > hard) {
      refuse(`${path}[${index}].soft`, `is ${soft}, but must not be above the hard limit ${hard} of ${type}`);
    }
  });
}
