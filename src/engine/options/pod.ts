import { LibpodError } from '../../base/errors.js';
import type { ExitPolicy, PodInheritance, PodNamespace } from '../../model/pod.js';
import { EXIT_POLICIES, POD_NAMESPACES } from '../../model/pod.js';
import { RESOURCE_OPTIONS, SPEC_OPTIONS } from '../../spec/option-shapes.js';
import type { NamespaceOptions, ResourceOptions } from '../../spec/options.js';
import type { CreateOptions } from './options.js';
import { INHERITED_OPTIONS, NETWORK_OPTIONS } from './shapes.js';
import { flag, list, number, object, oneOf, record, text } from '../../spec/shape.js';

/** What a new pod is to be. */
export interface PodCreateOptions {
  /** Two words by chance unless given. No container and no other pod may have it. */
  readonly name?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Whether it has an infra container, which holds the shared namespaces; true unless given. */
  readonly infra?: boolean | undefined;
  /** The name of the infra container; the first twelve digits of the pod's ID and `-infra` unless given. */
  readonly infraName?: string | undefined;
  /**
   * The namespaces that its containers share: ipc, network and uts unless given, none without an infra container; and always
   * a user namespace that is not the host's.
   */
  readonly share?: readonly PodNamespace[] | undefined;
  /** What the shared namespaces are: the infra container's own unless given. */
  readonly namespaces?: NamespaceOptions | undefined;
  /**
   * The IDs of a user namespace of its own (`namespaces.user` is `private`), which all its containers then have: see
   * CreateOptions.
   */
  readonly uidMappings?: CreateOptions['uidMappings'];
  readonly gidMappings?: CreateOptions['gidMappings'];
  /** The host name in the UTS namespace of the infra container; its name unless given. */
  readonly hostname?: string | undefined;
  /** Limits of all its containers together; none unless given. */
  readonly resources?: ResourceOptions | undefined;
  /** Whether its containers' cgroups are made beneath its own; true unless given. Needed for `resources`. */
  readonly shareParent?: boolean | undefined;
  /** Whether the infra container goes on (`continue`, unless given) or stops when the last of the others has ended. */
  readonly exitPolicy?: ExitPolicy | undefined;
  /** Kernel parameters of the shared namespaces. */
  readonly sysctl?: Readonly<Record<string, string>> | undefined;
  /** Size of the shared /dev/shm in bytes; 64 MiB unless given. */
  readonly shmSize?: number | undefined;
  /** The networks that the shared network namespace is in, and the ports that lead there: see CreateOptions. */
  readonly networks?: CreateOptions['networks'];
  readonly ports?: CreateOptions['ports'];
  /** What its containers get unless they ask for something else: see CreateOptions. */
  readonly addHosts?: readonly string[] | undefined;
  readonly noHosts?: boolean | undefined;
  readonly dns?: readonly string[] | undefined;
  readonly dnsSearch?: readonly string[] | undefined;
  readonly dnsOptions?: readonly string[] | undefined;
  /**
   * Mounts, devices and confinement of all its containers; what a container has at the same place wins. A volume needs a name: one
   * without would be another in each of them.
   */
  readonly mounts?: CreateOptions['mounts'];
  readonly volumesFrom?: CreateOptions['volumesFrom'];
  readonly hostDevices?: CreateOptions['hostDevices'];
  readonly noNewPrivileges?: CreateOptions['noNewPrivileges'];
  readonly seccomp?: CreateOptions['seccomp'];
  readonly apparmorProfile?: CreateOptions['apparmorProfile'];
  readonly labelOptions?: CreateOptions['labelOptions'];
  readonly mask?: CreateOptions['mask'];
  readonly unmask?: CreateOptions['unmask'];
  readonly procOptions?: CreateOptions['procOptions'];
}

/** What the containers of a pod have of its options. */
export function inheritanceOf(options: PodCreateOptions): PodInheritance {
  const { mounts, volumesFrom, hostDevices, noNewPrivileges, seccomp, apparmorProfile } = options;
  const { labelOptions, mask, unmask, procOptions } = options;
  const nameless = mounts?.find(({ type, source = '' }) => type === 'volume' && source === '');
  if (nameless !== undefined)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `the volume of the pod at ${nameless.destination} has no name, and would be another in each container; give it one`,
    );
  const all = { mounts, volumesFrom, hostDevices, noNewPrivileges, seccomp, apparmorProfile };
  const given = Object.entries({ ...all, labelOptions, mask, unmask, procOptions });
  return Object.fromEntries(
    given.filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)),
  );
}

export const POD_CREATE_OPTIONS = object<PodCreateOptions>({
  name: text,
  labels: record(text),
  infra: flag,
  infraName: text,
  share: list(oneOf(...POD_NAMESPACES)),
  namespaces: SPEC_OPTIONS.namespaces,
  uidMappings: SPEC_OPTIONS.uidMappings,
  gidMappings: SPEC_OPTIONS.gidMappings,
  hostname: text,
  resources: RESOURCE_OPTIONS,
  shareParent: flag,
  exitPolicy: oneOf(...EXIT_POLICIES),
  sysctl: record(text),
  shmSize: number,
  networks: NETWORK_OPTIONS.networks,
  ports: NETWORK_OPTIONS.ports,
  addHosts: list(text),
  noHosts: flag,
  dns: list(text),
  dnsSearch: list(text),
  dnsOptions: list(text),
  ...INHERITED_OPTIONS,
});
