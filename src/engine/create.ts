import { existsSync, readFileSync } from 'node:fs';
import { hostname as hostHostname } from 'node:os';
import path from 'node:path';
import { checkName, newId, randomName, shortId } from '../base/ids.js';
import { LibpodError } from '../base/errors.js';
import { ownBoundingSet } from '../linux/capabilities.js';
import { signalNumber } from '../linux/signals.js';
import { RECORD_VERSION, type ContainerConfig, type RootConfig } from '../model/config.js';
import type { Mount, RuntimeSpec } from '../oci/runtime-spec.js';
import { generateSpec } from '../spec/generate.js';
import { resolveUser } from '../spec/user.js';
import { hostRoot } from '../storage/host-root.js';
import { readInRoot } from '../linux/read-in-root.js';
import { checkRootDirectory } from '../storage/root-directory.js';
import { withinBounding } from './host-capabilities.js';
import { checkCommand, checkRoot, type CreateOptions } from './options.js';

const DEFAULT_STOP_TIMEOUT = 10;

/** What a creation needs to know of the engine. */
export interface CreateContext {
  readonly hostRootDirectory: string;
  readonly cgroupParent: string;
  readonly runtimeName: string;
  /** The name of a container's own cgroup. */
  cgroupName(id: string): string;
}

/** The root of a container, and the mounts that go with it. */
interface ResolvedRoot {
  readonly root: RootConfig;
  readonly name: string;
  readonly mounts: readonly Mount[];
  /** The directory in which /etc/passwd is looked up. */
  readonly lookup: string;
}

function directoryRoot(directory: string, { overlay }: CreateOptions): RootConfig {
  return overlay === true
    ? { kind: 'overlay', lower: [directory], throwaway: true }
    : { kind: 'directory', directory };
}

async function resolveRoot(options: CreateOptions, context: CreateContext): Promise<ResolvedRoot> {
  if (options.hostRoot === true) {
    const { lower, mounts } = await hostRoot(context.hostRootDirectory);
    return {
      root: { kind: 'overlay', lower: [lower], throwaway: false },
      name: 'host-root',
      mounts,
      lookup: lower,
    };
  }
  const directory = path.resolve(options.rootfs ?? '');
  checkRootDirectory(directory);
  return { root: directoryRoot(directory, options), name: directory, mounts: [], lookup: directory };
}

/** The hard limits of this process, which a container's defaults may not exceed (proc_pid_limits(5)). */
function hardLimits(): Record<string, number> {
  const text = readFileSync('/proc/self/limits', 'utf8');
  const limits: Record<string, number> = {};
  for (const [name, label] of [
    ['nofile', 'Max open files'],
    ['nproc', 'Max processes'],
  ] as const) {
    const match = new RegExp(`^${label}\\s+\\S+\\s+(\\d+)`, 'm').exec(text);
    if (match) limits[name] = Number(match[1]);
  }
  return limits;
}
let knownHardLimits: Record<string, number> | undefined;

/** A bind mount's source must be there when the container is made, so that the user learns of a wrong one at once. */
function checkMountSources(mounts: readonly Mount[] | undefined): void {
  for (const { type, source, options, destination } of mounts ?? []) {
    const bound = type === 'bind' || options?.includes('bind') || options?.includes('rbind');
    if (bound && source !== undefined && !existsSync(source)) {
      throw new LibpodError('ERR_NOT_FOUND', `mount source ${source} (for ${destination}) does not exist`);
    }
  }
}

/** A privileged container has no filter unless it asks for one; a bundle has its own. */
function wantsDefaultSeccomp({ bundle, privileged, seccomp }: CreateOptions): boolean {
  if (bundle !== undefined) return false;
  return seccomp === 'default' || (seccomp === undefined && privileged !== true);
}

function wantsAllCapabilities({ privileged, capAdd }: CreateOptions): boolean {
  return privileged === true || capAdd?.some((name) => name.toUpperCase() === 'ALL') === true;
}

async function specOf(
  options: CreateOptions,
  context: CreateContext,
  id: string,
): Promise<{ spec: RuntimeSpec; root: RootConfig; rootName: string }> {
  const command = checkCommand(options.command);
  const { root, name, mounts, lookup } = await resolveRoot(options, context);
  checkMountSources(options.mounts);
  const user = resolveUser(options.user ?? '0', (file) => readInRoot(lookup, file));
  const shared = options.namespaces?.uts === 'host';
  knownHardLimits ??= hardLimits();
  const spec = generateSpec({
    ...options,
    rootfs: lookup,
    command,
    user,
    hostname: options.hostname ?? (shared ? hostHostname() : shortId(id)),
    stdinOpen: options.stdin,
    mounts: [...mounts, ...(options.mounts ?? [])],
    hardLimits: knownHardLimits,
    seccomp: wantsDefaultSeccomp(options) ? 'unconfined' : options.seccomp,
  });
  const { capabilities } = spec.process;
  // One that was named and cannot be had is an error; of "all" only what there is was meant.
  if (capabilities !== undefined && wantsAllCapabilities(options)) {
    spec.process.capabilities = withinBounding(capabilities, ownBoundingSet());
  }
  return { spec, root, rootName: name };
}

async function specOfBundle(
  bundle: string,
  options: CreateOptions,
): Promise<{ spec: RuntimeSpec; root: RootConfig; rootName: string }> {
  // Only bundles need the schema; the others pay nothing for it.
  const { readBundle } = await import('./bundle.js');
  const { spec, rootDirectory } = readBundle(bundle);
  checkMountSources(spec.mounts);
  const asked = spec.process.capabilities;
  // The specification has a runtime go on without those that cannot be granted (OCI config, "capabilities").
  const capabilities = asked && withinBounding(asked, ownBoundingSet());
  const args =
    options.command === undefined || options.command.length === 0 ? spec.process.args : [...options.command];
  return {
    spec: { ...spec, process: { ...spec.process, args, capabilities } },
    root: directoryRoot(rootDirectory, options),
    rootName: path.resolve(bundle),
  };
}

/**
 * Where a container's cgroup is: under the engine's parent, or where a bundle says (OCI config-linux, "Cgroups Path"). The
 * last part is always the container's own: whatever is left in it is killed, and a bundle may name any cgroup, also one
 * that is full of strangers.
 */
function cgroupPathOf(spec: RuntimeSpec, id: string, context: CreateContext): string {
  const asked = spec.linux?.cgroupsPath ?? '';
  return path.join(
    asked.startsWith('/') ? asked : path.join(context.cgroupParent, asked),
    context.cgroupName(id),
  );
}

/**
 * Makes the configuration of a new container, without making anything else.
 *
 * @throws LibpodError for whatever is wrong with the options
 */
export async function makeConfig(options: CreateOptions, context: CreateContext): Promise<ContainerConfig> {
  checkRoot(options);
  const name = options.name === undefined ? randomName() : checkName(options.name);
  const stopTimeout = options.stopTimeout ?? DEFAULT_STOP_TIMEOUT;
  if (!Number.isFinite(stopTimeout) || stopTimeout < 0) {
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `stop timeout ${stopTimeout} must be a number of seconds, 0 or more`,
    );
  }
  const id = newId();
  const { spec, root, rootName } =
    options.bundle === undefined
      ? await specOf(options, context, id)
      : await specOfBundle(options.bundle, options);
  return {
    version: RECORD_VERSION,
    id,
    name,
    spec,
    root,
    rootfsName: rootName,
    autoRemove: options.remove ?? false,
    manageFiles: options.bundle === undefined,
    privileged: options.privileged ?? false,
    defaultSeccomp: wantsDefaultSeccomp(options),
    user: options.user ?? '',
    createNetNS:
      spec.linux?.namespaces?.some(({ type, path: joined }) => type === 'network' && !joined) ?? false,
    stdin: options.stdin ?? false,
    labels: { ...options.labels },
    stopSignal: signalNumber(options.stopSignal ?? 'TERM'),
    stopTimeout,
    createdTime: new Date().toISOString(),
    cgroupParent: context.cgroupParent,
    cgroupPath: cgroupPathOf(spec, id, context),
    logDriver: options.logDriver ?? 'k8s-file',
    logPath: options.logPath === undefined ? '' : path.resolve(options.logPath),
    runtimeName: context.runtimeName,
  };
}
