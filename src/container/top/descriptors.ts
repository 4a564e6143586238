import { ownValue } from '../../base/own-value.js';
import { capabilityNames } from '../../linux/processes/capabilities.js';
import { CAPABILITY_NAMES } from '../../base/capabilities.js';
import { LibpodError } from '../../base/errors.js';
import { goDuration } from '../../base/go-duration.js';
import type { TopProcess, TopNames } from './process.js';

/** A column of `top`: how ps(1) names it ("AIX FORMAT DESCRIPTORS"), its heading, and its text for a process. */
interface Descriptor {
  readonly code?: string;
  readonly heading: string;
  readonly show: (process: TopProcess, names: TopNames) => string;
}

const HUNDRED = 100;

/** A moment as Go prints it (time.Time.String): `2026-11-25 16:23:29 +0000 UTC`. */
function goTime(moment: Date): string {
  return `${moment.toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`;
}

/** The names of a set of capabilities, without their prefix; `full` and `none` for all and none. */
function capabilities(set: bigint): string {
  const all = CAPABILITY_NAMES.length;
  if (set === (1n << BigInt(all)) - 1n) return 'full';
  const names = capabilityNames(set).map((name) => name.replace(/^CAP_/, ''));
  return names.length === 0 ? 'none' : names.sort().join(',');
}

/** The terminal that a process belongs to, from the numbers of its device (the kernel's devices.txt); `?` for none. */
function terminal(device: number): string {
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00);
  if (major >= 136 && major <= 143) return `pts/${minor + (major - 136) * 256}`;
  if (major === 4) return minor < 64 ? `tty${minor}` : `ttyS${minor - 64}`;
  return '?';
}

const SECCOMP = { off: 'disabled', strict: 'strict', filter: 'filter' } as const;

/** Those of podman-top(1). */
const DESCRIPTORS: Readonly<Record<string, Descriptor>> = {
  args: { code: '%a', heading: 'COMMAND', show: ({ args, name }) => args || `[${name}]` },
  capamb: { heading: 'AMBIENT CAPS', show: ({ status }) => capabilities(status.capabilities.ambient) },
  capbnd: { heading: 'BOUNDING CAPS', show: ({ status }) => capabilities(status.capabilities.bounding) },
  capeff: { heading: 'EFFECTIVE CAPS', show: ({ status }) => capabilities(status.capabilities.effective) },
  capinh: { heading: 'INHERITED CAPS', show: ({ status }) => capabilities(status.capabilities.inheritable) },
  capprm: { heading: 'PERMITTED CAPS', show: ({ status }) => capabilities(status.capabilities.permitted) },
  comm: { code: '%c', heading: 'COMMAND', show: ({ name }) => name },
  etime: { code: '%t', heading: 'ELAPSED', show: ({ elapsedNs }) => goDuration(elapsedNs) },
  group: { code: '%G', heading: 'GROUP', show: ({ status }, { groups }) => groups(status.gids.effective) },
  groups: { heading: 'GROUPS', show: ({ status }, { groups }) => status.groups.map(groups).join() },
  hgroup: { heading: 'HGROUP', show: ({ status }, { hostGroups }) => hostGroups(status.gids.effective) },
  hgroups: { heading: 'HGROUPS', show: ({ status }, { hostGroups }) => status.groups.map(hostGroups).join() },
  hpid: { heading: 'HPID', show: ({ status }) => String(status.pid) },
  huid: { heading: 'HUID', show: ({ status }) => String(status.uids.effective) },
  huser: { heading: 'HUSER', show: ({ status }, { hostUsers }) => hostUsers(status.uids.effective) },
  label: { heading: 'LABEL', show: ({ label }) => label || '?' },
  nice: { code: '%n', heading: 'NI', show: ({ stat }) => String(stat.nice) },
  pcpu: {
    code: '%C',
    heading: '%CPU',
    show: ({ cpuNs, elapsedNs }) =>
      (elapsedNs === 0n ? 0 : (HUNDRED * Number(cpuNs)) / Number(elapsedNs)).toFixed(3),
  },
  pgid: { code: '%r', heading: 'PGID', show: ({ processGroup }) => String(processGroup) },
  pid: { code: '%p', heading: 'PID', show: ({ pid }) => String(pid) },
  ppid: { code: '%P', heading: 'PPID', show: ({ parent }) => String(parent) },
  rgroup: { code: '%g', heading: 'RGROUP', show: ({ status }, { groups }) => groups(status.gids.real) },
  rss: { heading: 'RSS', show: ({ status }) => String(status.residentKib) },
  ruser: { code: '%u', heading: 'RUSER', show: ({ status }, { users }) => users(status.uids.real) },
  seccomp: { heading: 'SECCOMP', show: ({ status }) => SECCOMP[status.seccomp] },
  state: { heading: 'STATE', show: ({ stateLetter }) => stateLetter },
  stime: { heading: 'STIME', show: ({ started }) => goTime(started) },
  time: { code: '%x', heading: 'TIME', show: ({ cpuNs }) => goDuration(cpuNs) },
  tty: { code: '%y', heading: 'TTY', show: ({ terminal: device }) => terminal(device) },
  uid: { heading: 'UID', show: ({ status }, { userId }) => String(userId(status.uids.effective)) },
  user: { code: '%U', heading: 'USER', show: ({ status }, { users }) => users(status.uids.effective) },
  vsz: { code: '%z', heading: 'VSZ', show: ({ stat }) => String(Math.floor(stat.virtualBytes / 1024)) },
};

/** The names of all descriptors. */
export const TOP_DESCRIPTORS: readonly string[] = Object.keys(DESCRIPTORS);

/** What is shown unless asked for otherwise: the columns of `ps -ef`. */
const DEFAULT = ['user', 'pid', 'ppid', 'pcpu', 'etime', 'tty', 'time', 'args'];

/** The columns that words of a command line ask for, by name or code, several in one word with commas between. */
export function findDescriptors(words: readonly string[]): readonly Descriptor[] {
  const wanted = words.flatMap((word) => word.split(',')).map((word) => word.trim());
  return (wanted.length === 0 ? DEFAULT : wanted).map((word) => {
    const found =
      ownValue(DESCRIPTORS, word) ??
      Object.values(DESCRIPTORS).find(({ code }) => code !== undefined && code === word);
    if (found !== undefined) return found;
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `unknown descriptor ${JSON.stringify(word)}: give some of ${TOP_DESCRIPTORS.join(', ')}; nothing is executed in the container, so flags of its ps are not taken`,
    );
  });
}
