import { LibpodError } from '../base/errors.js';
import { CAPABILITY_NAMES, isCapabilityName, type CapabilityName } from '../base/capabilities.js';
import { show } from '../oci/problem.js';
import type { LinuxCapabilities } from '../oci/runtime-spec.js';

/**
 * What a container may do unless it is told otherwise: podman 4, `default_capabilities` of
 * containers.conf(5).
 */
export const DEFAULT_CAPABILITIES: readonly CapabilityName[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_NET_BIND_SERVICE',
  'CAP_SETFCAP',
  'CAP_SETGID',
  'CAP_SETPCAP',
  'CAP_SETUID',
  'CAP_SYS_CHROOT',
];

export interface CapabilityOptions {
  /** Names with or without `CAP_`, in any case, or `ALL`. */
  readonly add?: readonly string[] | undefined;
  /** Like `add`; `ALL` leaves what is added. */
  readonly drop?: readonly string[] | undefined;
  /** Begin with all instead of the default. */
  readonly privileged?: boolean | undefined;
  /** The process's user; root where it is absent. */
  readonly user?: { readonly uid: number } | undefined;
}

const ALL = 'ALL';

/** The full name of a capability, or `ALL`. */
function fullName(name: string, option: string): CapabilityName | typeof ALL {
  const upper = name.toUpperCase();
  if (upper === ALL) return ALL;
  const full = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (isCapabilityName(full)) return full;
  throw new LibpodError(
    'ERR_INVALID_ARGUMENT',
    `${option} names ${show(name)}, which is no Linux capability; write one of capabilities(7), or ALL`,
  );
}

/**
 * The five sets of a process's capabilities, by podman's rules (podman-run(1), --cap-add, --cap-drop,
 * --privileged).
 *
 * Root gets the whole set. Another user gets nothing in effect but what was added by name, and that as
 * ambient capabilities, so that it survives execve; the bounding set stays whole for set-user-ID programs.
 * The inheritable set is otherwise empty: a full one turns file capabilities into real ones (CVE-2022-27649).
 *
 * Two differences to podman 4.3: a privileged container honours `drop`, which podman ignores; and a
 * capability dropped from `ALL` stays dropped for a user other than root, to whom podman gives it back.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT for an unknown name, and for one both added and dropped
 */
export function resolveCapabilities(options: CapabilityOptions): LinuxCapabilities {
  const add = new Set((options.add ?? []).map((name) => fullName(name, 'capAdd')));
  const drop = new Set((options.drop ?? []).map((name) => fullName(name, 'capDrop')));
  for (const name of add) {
    if (!drop.has(name)) continue;
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `the capability ${name} is both added and dropped; name it in capAdd or in capDrop`,
    );
  }
  const base = drop.has(ALL)
    ? []
    : options.privileged || add.has(ALL)
      ? CAPABILITY_NAMES
      : DEFAULT_CAPABILITIES;
  const wanted = new Set<string>([...base, ...(add.has(ALL) ? CAPABILITY_NAMES : add)]);
  // Sorted by name, as podman writes them, so that two specifications can be compared as texts.
  const bounding = [...wanted].filter((name) => !drop.has(name as CapabilityName)).sort();
  if ((options.user?.uid ?? 0) === 0) {
    return { bounding, effective: [...bounding], permitted: [...bounding], inheritable: [], ambient: [] };
  }
  const own = bounding.filter((name) => add.has(ALL) || add.has(name as CapabilityName));
  return { bounding, effective: own, permitted: [...own], inheritable: [...own], ambient: [...own] };
}
