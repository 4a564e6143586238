import path from 'node:path';
import { checkName, newId, randomName } from '../base/ids.js';
import { LibpodError } from '../base/errors.js';
import { ownBoundingSet } from '../linux/processes/capabilities.js';
import { signalNumber } from '../linux/processes/signals.js';
import { RECORD_VERSION, type ContainerConfig, type StorageDriver } from '../model/config.js';
import { normalizePath } from '../oci/check/mounts.js';
import { NAMESPACE_FIELDS, type DependencyFields } from '../model/dependencies.js';
import type { PodConfig } from '../model/pod.js';
import { mayRunAgain } from '../model/healthcheck.js';
import { parseRestartPolicy, requireRestartable, requireRunAgain } from '../model/restart-policy.js';
import type { Mount, RuntimeSpec } from '../oci/runtime-spec.js';
import { BUILTIN } from '../runtimes/builtin.js';
import { movesDevices } from '../runtimes/net-devices.js';
import type { ChosenRuntime } from '../runtimes/runtimes.js';
import type { Networks } from '../network/networks.js';
import { joinsContainer } from '../spec/namespaces.js';
import { resolveNames } from '../spec/network-files.js';
import type { NamespaceOptions } from '../spec/options.js';
import { requireShape } from '../spec/shape.js';
import { joinPod, requireSamePod } from './join-pod.js';
import {
  largestIdOf,
  specOf,
  specOfBundle,
  wantsDefaultSeccomp,
  type ContainerSource,
} from './container-spec.js';
import { chooseHostPorts, parseExposed, publishExposed } from './options/exposed-ports.js';
import { healthcheckConfig } from './options/health.js';
import { withImageDefaults, type ImageRoot } from './options/image.js';
import { CREATE_OPTIONS } from './options/shapes.js';
import { logConfig } from './options/log.js';
import { resolveNetworks } from './options/network.js';
import { checkRoot, type CreateOptions } from './options/options.js';
import { timezoneMount } from './options/timezone.js';
import {
  idMappingsOfSpec,
  resolveUserNamespace,
  type UserNamespaceContext,
} from './options/user-namespace.js';
import { requireWithin } from './host/capabilities.js';
import { requireOwner } from './user-namespace-owner.js';
import { nameVolumes } from './options/volume-mounts.js';
import { mountsFrom } from './options/volumes-from.js';

const DEFAULT_STOP_TIMEOUT = 10;

/** Seconds: what a u32 of the launch program holds. */
const MAX_TIMEOUT = 2 ** 32 - 1;

/** What a creation needs to know of the engine. */
export interface CreateContext extends UserNamespaceContext {
  readonly hostRootDirectory: string;
  readonly storageDriver: StorageDriver;
  readonly cgroupParent: string;
  /** Finds an OCI runtime; the engine's own choice unless asked for. */
  runtimeOf(asked: string | undefined): ChosenRuntime;
  /** The name of a container's own cgroup. */
  cgroupName(id: string): string;
  /** The image of this name or ID, pulled if need be. */
  imageRoot(nameOrId: string, policy: CreateOptions['pull']): Promise<ImageRoot>;
  /** The pod with this name or ID; throws LibpodError ERR_NO_SUCH_POD. */
  podOf(nameOrId: string): PodConfig;
  /** The ID of the pod of the container with this ID; undefined if it is in none. */
  podIdOf(id: string): string | undefined;
  /** The host name in the UTS namespace of the container with this ID. */
  hostnameOf(id: string): string;
  readonly networks: Networks;
}

/** The containers whose namespaces are joined, by ID, under the names of the configuration. */
function joinedContainers(
  { pid, network, ipc, uts, cgroup, user }: NamespaceOptions,
  idOf: (nameOrId: string) => string,
): Omit<DependencyFields, 'dependencies' | 'pod'> {
  return Object.fromEntries(
    Object.entries({
      pidNsCtr: pid,
      netNsCtr: network,
      ipcNsCtr: ipc,
      utsNsCtr: uts,
      userNsCtr: user,
      cgroupNsCtr: cgroup,
    }).flatMap(([field, choice]) =>
      typeof choice === 'object' && 'container' in choice ? [[field, idOf(choice.container)]] : [],
    ),
  );
}

/**
 * What becomes of /dev/shm, which goes with the IPC namespace: podman-run(1), --ipc.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT for the namespace of a container that does not let others in
 */
function sharedMemory(
  { namespaces: { ipc } = {}, mounts = [], bundle }: CreateOptions,
  context: CreateContext,
): Pick<ContainerConfig, 'noShm' | 'noShmShare' | 'sharesShm'> {
  if (ipc === 'none') return { noShm: true };
  if (ipc === 'private') return { noShmShare: true };
  if (!joinsContainer(ipc)) return {};
  const other = context.configOf(ipc.container);
  if (other.noShmShare === true)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `the IPC namespace of container ${other.name} cannot be joined: it is private; create that one with "shareable"`,
    );
  const covered = mounts.some(({ destination }) => /^\/dev(\/shm)?$/.test(normalizePath(destination)));
  return bundle === undefined && other.noShm !== true && !covered ? { sharesShm: true } : {};
}

/** A bundle says itself which namespaces it has; those that it joins it has not of its own. */
function withJoined(
  source: ContainerSource,
  joined: Omit<DependencyFields, 'dependencies' | 'pod'>,
  joinsUser: boolean,
): ContainerSource {
  const types = NAMESPACE_FIELDS.flatMap(([field, type]) =>
    joined[field] === undefined || (type === 'user' && !joinsUser) ? [] : [type],
  );
  if (types.length === 0) return source;
  const { hostname, ...spec } = source.spec;
  const others = (spec.linux?.namespaces ?? []).filter(({ type }) => !types.some((one) => one === type));
  const namespaces = [...others, ...types.map((type) => ({ type }))];
  const shared = types.includes('uts') || hostname === undefined;
  return { ...source, spec: { ...spec, ...(!shared && { hostname }), linux: { ...spec.linux, namespaces } } };
}

/**
 * Where a container's cgroup is: under the engine's parent, or where a bundle says (OCI config-linux, "Cgroups Path"). The
 * last part is always the container's own: whatever is left in it is killed, and a bundle may name any cgroup, also one
 * that is full of strangers.
 */
export function cgroupPathOf(spec: RuntimeSpec, id: string, parent: string, context: CreateContext): string {
  const asked = spec.linux?.cgroupsPath ?? '';
  return path.join(asked.startsWith('/') ? asked : path.join(parent, asked), context.cgroupName(id));
}

/** The mounts that are asked for, and those that come from other containers and from the host's time zones. */
function withBorrowed(
  { mounts, volumesFrom = [], timezone }: CreateOptions,
  context: CreateContext,
): readonly Mount[] | undefined {
  if (volumesFrom.length === 0 && timezone === undefined) return mounts;
  const own = [...(mounts ?? []), ...(timezone === undefined ? [] : [timezoneMount(timezone)])];
  return [...mountsFrom(volumesFrom, own, (wanted) => context.configOf(wanted)), ...own];
}

/**
 * Makes the configuration of a new container, without making anything else.
 *
 * @param infraOf the pod whose infra container it is
 * @throws LibpodError for whatever is wrong with the options
 */
export async function makeConfig(
  given: CreateOptions,
  context: CreateContext,
  infraOf?: PodConfig,
): Promise<ContainerConfig> {
  requireShape('createContainer', CREATE_OPTIONS, given);
  const pod = infraOf ?? (given.pod === undefined ? undefined : context.podOf(given.pod));
  const asked = pod === undefined || infraOf !== undefined ? given : joinPod(given, pod);
  checkRoot(asked);
  parseExposed(asked.expose ?? []);
  const image = asked.image === undefined ? undefined : await context.imageRoot(asked.image, asked.pull);
  const defaulted = image === undefined ? asked : withImageDefaults(asked, image.config);
  const { mounts, namedVolumes } = nameVolumes(withBorrowed(defaulted, context));
  const { expose = [] } = defaulted;
  const ports = await chooseHostPorts(defaulted.ports ?? []);
  const unmapped = {
    ...defaulted,
    mounts,
    ports: defaulted.publishAll === true ? [...ports, ...(await publishExposed(expose, ports))] : ports,
  };
  const user =
    defaulted.bundle === undefined
      ? await resolveUserNamespace(defaulted, context, () => largestIdOf(defaulted, image))
      : undefined;
  const options = { ...unmapped, ...user?.options };
  const name = options.name === undefined ? randomName() : checkName(options.name);
  const stopTimeout = options.stopTimeout ?? DEFAULT_STOP_TIMEOUT;
  if (!Number.isFinite(stopTimeout) || stopTimeout < 0) {
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `stop timeout ${stopTimeout} must be a number of seconds, 0 or more`,
    );
  }
  const timeout = options.timeout ?? 0;
  if (!Number.isInteger(timeout) || timeout < 0 || timeout > MAX_TIMEOUT)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `timeout is ${timeout}, but must be a whole number of seconds from 0 to ${MAX_TIMEOUT}`,
    );
  const restartPolicy =
    options.restartPolicy === undefined ? undefined : parseRestartPolicy(options.restartPolicy);
  const id = newId();
  const joined = joinedContainers(defaulted.namespaces ?? {}, (wanted) => context.configOf(wanted).id);
  const theirs = joined.userNsCtr && context.configOf(joined.userNsCtr).idMappings;
  requireOwner(joined, defaulted.namespaces, (one) => context.configOf(one));
  const required = [...new Set((options.requires ?? []).map((wanted) => context.configOf(wanted).id))];
  const { spec, root, rootName } =
    options.bundle === undefined
      ? await specOf(options, context, id, joined.utsNsCtr && context.hostnameOf(joined.utsNsCtr), image)
      : withJoined(await specOfBundle(options.bundle, options), joined, theirs !== undefined);
  const ends = {
    autoRemove: options.remove ?? false,
    logDriver: options.logDriver ?? '',
    movesDevices: movesDevices(spec),
  };
  if (restartPolicy !== undefined) requireRestartable(restartPolicy, ends);
  const healthcheck = healthcheckConfig(options.healthcheck, image?.config.config?.Healthcheck);
  if (healthcheck !== undefined && mayRunAgain(healthcheck))
    requireRunAgain('a healthcheck that may run the container again', ends);
  const idMappings = user === undefined ? (theirs ?? (await idMappingsOfSpec(spec))) : user.idMappings;
  if (idMappings === undefined) requireWithin(spec.process.capabilities ?? {}, ownBoundingSet());
  const fields = { ...joined, ...(required.length > 0 && { dependencies: required }) };
  if (pod !== undefined && infraOf === undefined) requireSamePod(fields, pod, (one) => context.podIdOf(one));
  const ownPids = spec.linux?.namespaces?.some(({ type, path: place }) => type === 'pid' && !place) === true;
  if (options.init === true && (!ownPids || joined.pidNsCtr !== undefined))
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      'init is PID 1 of the container, but its PID namespace is shared; leave one out',
    );
  const cgroupParent = pod?.shareParent ? pod.cgroupPath : context.cgroupParent;
  if (pod?.shareParent && spec.linux?.cgroupsPath !== undefined)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `the bundle asks for the cgroup ${spec.linux.cgroupsPath}, but it is to be in that of pod ${pod.name}; remove linux.cgroupsPath`,
    );
  const ownNetwork =
    joined.netNsCtr === undefined &&
    (spec.linux?.namespaces?.some(({ type, path: place }) => type === 'network' && !place) ?? false);
  return {
    version: RECORD_VERSION,
    id,
    name,
    spec,
    root,
    rootfsName: rootName,
    ...(image !== undefined && {
      rootfsImageID: image.id,
      rootfsImageName: image.name,
      imageVolumes: options.imageVolumes !== 'ignore',
    }),
    ...(namedVolumes !== undefined && { namedVolumes }),
    autoRemove: options.remove ?? false,
    manageFiles: options.bundle === undefined,
    privileged: options.privileged ?? false,
    defaultSeccomp: wantsDefaultSeccomp(options),
    user: options.user ?? '',
    createNetNS: ownNetwork,
    ...(await resolveNetworks(options, ownNetwork, context.networks)),
    ...fields,
    ...(idMappings && { idMappings }),
    ...(user?.autoIds && { autoIds: user.autoIds }),
    ...sharedMemory(options, context),
    ...(pod && { pod: pod.id }),
    ...(pod?.exitPolicy === 'stop' && { podExitPolicy: 'stop' as const }),
    ...(pod?.shareParent && { podCgroup: { path: pod.cgroupPath, resources: pod.resources } }),
    ...resolveNames(options),
    ...(options.init === true && { init: true }),
    ...(restartPolicy !== undefined && { restartPolicy }),
    ...(healthcheck && { healthcheck }),
    ...(timeout > 0 && { timeout }),
    ...(options.pidFile !== undefined && { pidFile: path.resolve(options.pidFile) }),
    stdin: options.stdin ?? false,
    ...(options.stdin === true &&
      (options.stdinOnce ?? spec.process.terminal !== true) && { stdinOnce: true }),
    labels: { ...options.labels },
    stopSignal: signalNumber(options.stopSignal ?? 'TERM'),
    stopTimeout,
    createdTime: new Date().toISOString(),
    cgroupParent,
    cgroupPath: cgroupPathOf(spec, id, cgroupParent, context),
    ...logConfig(options, spec.process.terminal === true),
    ...context.runtimeOf(infraOf === undefined ? options.runtime : BUILTIN),
  };
}
