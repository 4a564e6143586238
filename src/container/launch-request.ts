import { existsSync } from 'node:fs';
import { LibpodError } from '../base/errors.js';
import { millisecondsOf } from '../base/seconds.js';
import { startTicks } from '../linux/processes/processes.js';
import { hostsText } from '../spec/network-files.js';
import type { LaunchRequest, LaunchRoot } from '../launch/request.js';
import type { ContainerConfig } from '../model/config.js';
import { resourcesOf } from '../model/settings.js';
import type { LinuxSeccomp, Mount, RuntimeSpec } from '../oci/runtime-spec.js';
import { defaultSeccompProfile } from '../spec/seccomp/profile.js';
import { launchRoot } from '../storage/launch-root.js';
import type { NetworkPlan } from '../network/attachment.js';
import type { ContainerCore } from './core.js';
import { policyOf } from './restart-policy.js';
import { subjectOf } from './tell.js';
import { HOSTS_FILE, hostsAddOf, NETWORK_FILE } from './networks/networks.js';
import { RESOLV_CONF_FILE, resolvConfOf } from './networks/resolv-conf.js';
import { joinedNamespaces } from './joined.js';
import { hostMountOf } from './files/counted-mount.js';
import { hostnameOf } from './hostname.js';
import { logRequest } from './logs/request.js';
import { layerDirectories, withLayers } from './files/volume-layers.js';
import { withoutGiving } from './files/given-binds.js';
import { withVolumes } from './files/volumes.js';

/** The files that the engine brings into a container: where they appear, and their text. */
function managedFiles(
  core: ContainerCore,
  network: NetworkPlan | undefined,
): (readonly [name: string, destination: string, text: string])[] {
  const { config, name } = core;
  const hostname = hostnameOf(core);
  const networked = network !== undefined || inOthersNetwork(core) !== undefined;
  return [
    ...(config.useImageHosts
      ? []
      : [[HOSTS_FILE, '/etc/hosts', hostsText(hostname, name, hostsAddOf(core))] as const]),
    ...(config.useImageHostname ? [] : [['hostname', '/etc/hostname', `${hostname}\n`] as const]),
    ...(config.useImageResolvConf
      ? []
      : [[RESOLV_CONF_FILE, '/etc/resolv.conf', resolvConfOf(core, networked)] as const]),
    ['.containerenv', '/run/.containerenv', `engine="libpod"\nname="${name}"\nid="${config.id}"\n`],
  ];
}

/** The hosts file of a container whose network namespace this one joins and which is in networks: the names are those there. */
function inOthersNetwork({ config, services }: ContainerCore): string | undefined {
  const { netNsCtr } = config;
  return netNsCtr === undefined ? undefined : services.networks.hosts.fileOf(netNsCtr);
}

/** The same mount options as podman gives these files. */
const FILE_OPTIONS = ['bind', 'rprivate', 'nosuid', 'nodev', 'noexec'];

/** The default filters of this process, by capabilities: the same object each time, which the compiler knows again. */
const defaultFilters = new Map<string, LinuxSeccomp>();

function defaultFilter(capabilities: readonly string[]): LinuxSeccomp {
  const key = capabilities.join();
  let filter = defaultFilters.get(key);
  if (filter === undefined) {
    filter = defaultSeccompProfile({
      capabilities,
      architecture: process.arch === 'arm64' ? 'arm64' : 'x64',
    });
    defaultFilters.set(key, filter);
  }
  return filter;
}

/** The system call filter of a container's processes. */
export function seccompOf({ spec, defaultSeccomp }: ContainerConfig): LinuxSeccomp | undefined {
  return defaultSeccomp ? defaultFilter(spec.process.capabilities?.bounding ?? []) : spec.linux?.seccomp;
}

/** The specification of a launch: that of the configuration, the default filter, and the mounts of the files made for it. */
function runningSpec(
  core: ContainerCore,
  files: ReturnType<typeof managedFiles>,
  network: NetworkPlan | undefined,
): RuntimeSpec {
  const { config, paths } = core;
  const spec = config.defaultSeccomp
    ? { ...config.spec, linux: { ...config.spec.linux, seccomp: seccompOf(config) } }
    : config.spec;
  const others = [inOthersNetwork(core)].find((file) => file !== undefined && existsSync(file));
  const taken = new Set(spec.mounts?.map(({ destination }) => destination));
  const own = config.manageFiles
    ? withVolumes(core, withLayers(core, withoutGiving(spec.mounts ?? [])))
    : (spec.mounts ?? []);
  const mounts: Mount[] = files
    .filter(([, destination]) => !taken.has(destination))
    .map(([name, destination]) => ({
      destination,
      type: 'bind',
      source: name === HOSTS_FILE && others !== undefined ? others : paths.file(name),
      options: config.idMappings === undefined ? FILE_OPTIONS : [...FILE_OPTIONS, 'idmap'],
    }));
  const resources = resourcesOf(config, core.settings);
  const namespace = network?.namespace;
  const namespaces = spec.linux?.namespaces?.map((one) =>
    one.type === 'network' ? { ...one, path: namespace } : one,
  );
  return {
    ...spec,
    mounts: [...own, ...mounts],
    ...((core.settings.resources || namespace !== undefined) && {
      linux: { ...spec.linux, resources, ...(namespace !== undefined && { namespaces }) },
    }),
  };
}

/** The root; that on the host while it is mounted there, since a second overlay over the same layer must not be. */
function rootOf({ config, paths }: ContainerCore): LaunchRoot {
  // A copy is one directory, however often it is mounted.
  const mounted = config.root.kind === 'copy' ? undefined : hostMountOf(paths);
  // Its IDs there are those of the host; an overlay cannot be seen through a mount with mapped IDs.
  if (mounted !== undefined && config.idMappings !== undefined)
    throw new LibpodError(
      'ERR_INVALID_STATE',
      `container ${config.name} has a user namespace, and cannot start while its root is mounted on the host; unmount it first`,
      { containerId: config.id },
    );
  return mounted === undefined ? launchRoot(config, paths) : { kind: 'directory', directory: mounted };
}

/** For the monitor `unless-stopped` is `always`: whoever stops a container tells it so. */
function restartRequest(core: ContainerCore): LaunchRequest['restart'] {
  const { name, retries } = policyOf(core);
  return { policy: name === 'unless-stopped' ? 'always' : name, retries, next: core.paths.nextProgram };
}

function companyRequest({ config, services }: ContainerCore): LaunchRequest['company'] {
  const directory = services.records.company.of(config);
  if (directory === undefined) return undefined;
  const stop = { signal: config.stopSignal, timeout: millisecondsOf('the stop timeout', config.stopTimeout) };
  return { directory, id: config.id, stays: config.isInfra === true ? stop : undefined };
}

/** A cgroup in systemd's scope needs the engine that asks for the scope; outside of it that engine may change nothing. */
function requireManager({ config, services }: ContainerCore): void {
  const inScope = config.cgroupPath.includes(`/${services.records.paths.scope}/`);
  if (inScope === services.cgroups.some(({ delegated }) => delegated !== undefined)) return;
  throw new LibpodError(
    'ERR_INVALID_STATE',
    `container ${config.name} has the cgroup ${config.cgroupPath}, which is ${inScope ? '' : 'not '}in the scope of systemd: open the store with the cgroup manager ${inScope ? 'systemd' : 'cgroupfs'}`,
    { containerId: config.id },
  );
}

/**
 * All that the runtime needs to launch a container.
 *
 * @param network how it comes into its networks, once it has addresses
 */
export function launchRequest(core: ContainerCore, network?: NetworkPlan): LaunchRequest {
  const { config, paths, services } = core;
  requireManager(core);
  const files = config.manageFiles ? managedFiles(core, network) : [];
  const joined = joinedNamespaces(core);
  return {
    spec: runningSpec(core, files, network),
    // What a bundle is called is its directory.
    bundle: config.manageFiles ? undefined : config.rootfsName,
    root: rootOf(core),
    attachAt: services.records.paths.empty,
    cgroups: services.cgroups,
    cgroupPath: config.cgroupPath,
    lockFile: paths.lock,
    controlSocket: paths.controlSocket,
    events: { directory: services.events.directory, id: config.id, subject: subjectOf(core) },
    joined,
    idMaps: config.idMappings,
    shm: config.sharesShm === true ? joined.find(({ type }) => type === 'ipc') : undefined,
    log: logRequest(core),
    passthrough:
      config.logDriver === 'passthrough'
        ? { pid: process.pid, startTicks: startTicks(process.pid) }
        : undefined,
    init: config.init === true,
    pause: config.isInfra === true,
    podCgroup: config.podCgroup,
    company: companyRequest(core),
    timeout: config.timeout ?? 0,
    restart: config.autoRemove ? undefined : restartRequest(core),
    pidFile: config.pidFile,
    stdin: config.stdin,
    stdinOnce: config.stdinOnce ?? false,
    freshDirectories: config.manageFiles ? layerDirectories(core) : [],
    network,
    leaves: config.createNetNS ? services.networks.leaves(config.id) : undefined,
    files: [
      // The hosts file of one in networks is there already, and may have changed since.
      ...files
        .filter(([name]) => name !== HOSTS_FILE || network === undefined)
        .map(([name, , data]) => ({ path: paths.file(name), mode: 0o644, data })),
      ...(network === undefined && core.settings.networks === undefined
        ? []
        : [
            { path: paths.file(NETWORK_FILE), mode: 0o600, data: JSON.stringify(network?.attachments ?? []) },
          ]),
    ],
    nameLink: config.autoRemove ? { path: services.records.paths.name(core.name), to: config.id } : undefined,
    ownDirectory: config.autoRemove ? paths.run : undefined,
    removeAtEnd: config.autoRemove
      ? [...services.records.linksOf(config), ...(config.root.kind === 'copy' ? [paths.copy] : [])]
      : [paths.controlSocket],
  };
}
