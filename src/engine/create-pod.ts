import { LibpodError } from '../base/errors.js';
import { checkName, newId, randomName, shortId } from '../base/ids.js';
import { blockDeviceNumbers } from '../container/files/device-numbers.js';
import { RECORD_VERSION, type ContainerConfig } from '../model/config.js';
import { POD_NAMESPACES, type PodConfig, type PodNamespace } from '../model/pod.js';
import { resolveNames } from '../spec/network-files.js';
import { namedBlockDevices, resolveLimits } from '../spec/resources.js';
import { requireShape } from '../spec/shape.js';
import { makeConfig, type CreateContext } from './create.js';
import { inheritanceOf, POD_CREATE_OPTIONS, type PodCreateOptions } from './options/pod.js';

/** podman-pod-create(1), --share. */
const DEFAULT_SHARE: readonly PodNamespace[] = ['ipc', 'network', 'uts'];

/** What a pause needs of the mounts of a container; /dev/shm is for the others of its pod. */
const INFRA_MOUNTS = new Set(['/proc', '/dev', '/dev/shm']);

/** A pod that is to be made, and its infra container. */
export interface NewPod {
  readonly config: PodConfig;
  readonly infra: ContainerConfig | undefined;
}

function invalid(message: string): never {
  throw new LibpodError('ERR_INVALID_ARGUMENT', message);
}

/** What has no meaning without something else is refused rather than ignored. */
function checkTogether(options: PodCreateOptions, shared: readonly PodNamespace[]): void {
  const { infra = true, share = [], namespaces = {} } = options;
  if (!infra) {
    if (share.length > 0)
      invalid(
        `a pod without an infra container cannot share namespaces (${share.join(', ')}); leave one out`,
      );
    for (const name of [
      'infraName',
      'hostname',
      'namespaces',
      'uidMappings',
      'gidMappings',
      'sysctl',
      'shmSize',
      'networks',
      'ports',
    ] as const)
      if (options[name] !== undefined)
        invalid(`${name} is for the infra container of a pod, but it is to have none; leave one out`);
  }
  for (const name of POD_NAMESPACES)
    if (namespaces[name] !== undefined && !shared.includes(name))
      invalid(`namespaces.${name} is given, but the pod does not share it; add "${name}" to share`);
  for (const name of ['networks', 'ports'] as const)
    if (options[name] !== undefined && !shared.includes('network'))
      invalid(`${name} are given, but the pod does not share its network namespace; add "network" to share`);
  if (options.hostname !== undefined && !shared.includes('uts'))
    invalid('hostname is given, but the pod does not share its UTS namespace; add "uts" to share');
  if (options.shareParent === false && options.resources !== undefined)
    invalid(
      'resources limit the cgroup of the pod, but its containers are not to be beneath it (shareParent)',
    );
}

/**
 * Makes the configuration of a new pod and of its infra container, without making anything else.
 *
 * @param infraRoot a directory with `proc` and `dev`: the root of every infra container
 * @throws LibpodError for whatever is wrong with the options
 */
export async function makePod(
  options: PodCreateOptions,
  context: CreateContext,
  infraRoot: string,
): Promise<NewPod> {
  requireShape('createPod', POD_CREATE_OPTIONS, options);
  const { infra = true, resources } = options;
  // Namespaces that belong to a user namespace are of use to those alone who are in it.
  const own = (options.namespaces?.user ?? 'host') === 'host' ? [] : (['user'] as const);
  const shared = infra ? [...new Set([...(options.share ?? DEFAULT_SHARE), ...own])] : [];
  checkTogether(options, shared);
  resolveNames(options);
  const inherited = inheritanceOf(options);
  const id = newId();
  const name = options.name === undefined ? randomName() : checkName(options.name);
  const { addHosts, noHosts, dns, dnsSearch, dnsOptions } = options;
  const config: PodConfig = {
    version: RECORD_VERSION,
    id,
    name,
    labels: { ...options.labels },
    createdTime: new Date().toISOString(),
    hostname: options.hostname ?? '',
    shared,
    exitPolicy: options.exitPolicy ?? 'continue',
    cgroupParent: context.cgroupParent,
    cgroupPath: `${context.cgroupParent}/${context.cgroupName(id)}`,
    shareParent: options.shareParent ?? true,
    ...(resources && {
      resources: resolveLimits(resources, blockDeviceNumbers(namedBlockDevices(resources))),
    }),
    ...{ addHosts, noHosts, dns, dnsSearch, dnsOptions },
    ...(Object.keys(inherited).length > 0 && { inherited }),
  };
  if (!infra) return { config, infra: undefined };
  const container = await makeInfra(options, config, context, infraRoot);
  return { config: { ...config, infraContainerId: container.id }, infra: container };
}

/** The configuration of an infra container: nothing in it but a pause, which may do nothing. */
async function makeInfra(
  options: PodCreateOptions,
  pod: PodConfig,
  context: CreateContext,
  infraRoot: string,
): Promise<ContainerConfig> {
  const { namespaces = {}, infraName = `${shortId(pod.id)}-infra` } = options;
  const { ports, networks = ports && ['bridge'] } = options;
  const ownName = (namespaces.uts ?? 'private') === 'private';
  const config = await makeConfig(
    {
      rootfs: infraRoot,
      readOnlyRootfs: true,
      readWriteTmpfs: false,
      command: ['libpod-pause'],
      name: infraName,
      namespaces,
      uidMappings: options.uidMappings,
      gidMappings: options.gidMappings,
      ...(ownName && { hostname: options.hostname ?? pod.name.slice(0, 63) }),
      // The pod is found by its own name, not only by that of a container that nobody asked for.
      networks: networks?.map((one) => {
        const choice = typeof one === 'string' ? { name: one } : one;
        return { ...choice, aliases: [pod.name, ...(choice.aliases ?? [])] };
      }),
      ports,
      sysctl: options.sysctl,
      shmSize: options.shmSize,
      capDrop: ['ALL'],
      noNewPrivileges: true,
      logDriver: 'none',
    },
    context,
    pod,
  );
  const mounts = config.spec.mounts?.filter(({ destination }) => INFRA_MOUNTS.has(destination));
  return {
    ...config,
    isInfra: true,
    manageFiles: false,
    rootfsName: 'libpod-pause',
    spec: { ...config.spec, mounts: mounts ?? [] },
  };
}
