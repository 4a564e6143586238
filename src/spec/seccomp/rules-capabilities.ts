import type { CapabilityName } from '../../base/capabilities.js';
import { allow, refuse, type Rule } from './rule.js';

/**
 * System calls that stand or fall with one capability of the bounding set: let pass with it, EPERM without.
 * The pairs are those of containers-common 0.50.1.
 */
const GATES: readonly (readonly [CapabilityName, readonly string[]])[] = [
  // Opens files by number, past all directories on the way: the "shocker" escape of 2014.
  ['CAP_DAC_READ_SEARCH', ['open_by_handle_at']],
  [
    'CAP_SYS_ADMIN',
    [
      'bpf',
      'fanotify_init',
      'lookup_dcookie',
      'perf_event_open',
      'quotactl',
      'setdomainname',
      'sethostname',
      'setns',
    ],
  ],
  ['CAP_SYS_CHROOT', ['chroot']],
  ['CAP_SYS_MODULE', ['delete_module', 'finit_module', 'init_module', 'query_module']],
  ['CAP_SYS_PACCT', ['acct']],
  ['CAP_SYS_PTRACE', ['kcmp', 'process_madvise']],
  ['CAP_SYS_RAWIO', ['ioperm', 'iopl']],
  ['CAP_SYS_TIME', ['clock_settime', 'clock_settime64', 'settimeofday', 'stime']],
  ['CAP_SYS_TTY_CONFIG', ['vhangup']],
];

/** The rules of the capability gates for a bounding set. */
export function capabilityRules(has: (capability: CapabilityName) => boolean): Rule[] {
  return GATES.map(([capability, names]) => (has(capability) ? allow(names) : refuse(names)));
}
