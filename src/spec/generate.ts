import { LibpodError } from '../base/errors.js';
import { checkRuntimeSpec, MAX_HOSTNAME } from '../oci/check/check.js';
import { refuseIn, show } from '../oci/problem.js';
import type { LinuxSeccomp, RuntimeSpec } from '../oci/runtime-spec.js';
import { resolveCapabilities } from './capabilities.js';
import { invalid, requireWhole } from './invalid.js';
import { resolveLabels } from './labels.js';
import { resolveMounts } from './mounts.js';
import { chosenNamespace, joinsContainer, resolveMappings, resolveNamespaces } from './namespaces.js';
import type { SpecOptions } from './options.js';
import { resolvePaths } from './paths.js';
import { resolveEnvironment, resolveRlimits, resolveUser } from './process.js';
import { resolveResources } from './resources.js';
import { defaultSeccompProfile } from './seccomp/profile.js';
import type { ProfileArchitecture } from './seccomp/rules-architecture.js';
import { resolveSysctls } from './sysctl.js';

/**
 * The version of the specification that is written: the lowest that defines all that is used, as runtimes
 * refuse one above their own (crun 1.8.1 refuses 1.1.1).
 */
export const OCI_VERSION = '1.0.2';

/**
 * Makes the runtime specification of a container.
 *
 * It is pure: host facts, such as the mappings of IDs or the paths of files, are among the options. For a
 * container that asks for nothing the mounts, paths, capabilities, limits and devices are those of podman
 * 4.3; where they are not, the module that makes them says why. Further differences: the cgroup namespace is
 * private on cgroup v1 too, the annotations are the user's alone, and the seccomp filter is stricter
 * (seccomp/profile.ts).
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT, naming the option and its value; ERR_UNSUPPORTED for the default
 * filter on a processor that it is not made for
 */
export function generateSpec(options: SpecOptions): RuntimeSpec {
  const uts = chosenNamespace(options.namespaces, 'uts');
  const capabilities = resolveCapabilities({
    add: options.capAdd,
    drop: options.capDrop,
    privileged: options.privileged,
    user: options.user,
  });
  refuseContradictions(options);
  // It stands in /etc/hosts, between words.
  // eslint-disable-next-line no-control-regex -- these are the characters that are refused
  if (/[\s\x00-\x1f\x7f]/.test(options.hostname))
    invalid(`hostname is ${show(options.hostname)}, but must have no spaces and no control characters`);
  if (options.hostname === '' || Buffer.byteLength(options.hostname) > MAX_HOSTNAME) {
    invalid(`hostname is ${show(options.hostname)}, but must have 1 to ${MAX_HOSTNAME} bytes`);
  }
  const { oomScoreAdj, cgroupsPath, devices } = options;
  const paths = resolvePaths(options);
  const sysctl = resolveSysctls(options);
  const seccomp = resolveSeccomp(options, capabilities.bounding ?? []);
  const labels = resolveLabels(options.labelOptions, options.selinux);
  const annotations = {
    ...labels.annotations,
    ...(options.stdinOpen && { 'io.kubernetes.cri-o.Stdin': 'true' }),
    ...options.annotations,
  };
  const spec: RuntimeSpec = {
    ociVersion: OCI_VERSION,
    process: {
      ...(options.terminal && { terminal: true }),
      user: resolveUser(options.user, options.umask),
      args: [...options.command],
      env: resolveEnvironment(options),
      cwd: requireAbsolute(options.cwd ?? '/'),
      capabilities,
      rlimits: resolveRlimits(options),
      ...(options.noNewPrivileges && { noNewPrivileges: true }),
      ...(options.apparmorProfile && { apparmorProfile: options.apparmorProfile }),
      ...(labels.process !== undefined && { selinuxLabel: labels.process }),
      ...(oomScoreAdj !== undefined && {
        oomScoreAdj: requireWhole(oomScoreAdj, 'oomScoreAdj', -1000, 1000),
      }),
    },
    root: { path: options.rootfs, ...(options.readOnlyRootfs && { readonly: true }) },
    // One that is shared has a name already, which is not the container's to change.
    ...(uts === 'private' && { hostname: options.hostname }),
    mounts: resolveMounts(options),
    ...(Object.keys(annotations).length > 0 && { annotations }),
    linux: {
      ...resolveMappings(options),
      ...(sysctl && { sysctl }),
      resources: resolveResources(options),
      ...(cgroupsPath !== undefined && { cgroupsPath }),
      namespaces: resolveNamespaces(options.namespaces),
      ...(labels.mount !== undefined && { mountLabel: labels.mount }),
      ...(devices?.length && { devices: devices.map(({ access: _access, ...device }) => device) }),
      ...(seccomp && { seccomp }),
      maskedPaths: paths.masked,
      readonlyPaths: paths.readonly,
    },
  };
  checkRuntimeSpec(spec, refuseIn('the container', 'ERR_INVALID_ARGUMENT'));
  return spec;
}

function requireAbsolute(cwd: string): string {
  if (cwd.startsWith('/')) return cwd;
  return invalid(`cwd is ${show(cwd)}, but must be an absolute path in the container`);
}

/** What would have no effect because of another option: better refused than ignored. */
function refuseContradictions({ namespaces, shmSize, procOptions }: SpecOptions): void {
  const ipc = chosenNamespace(namespaces, 'ipc');
  if (shmSize !== undefined && ipc === 'host')
    invalid("shmSize is given, but with the host's IPC namespace /dev/shm is the host's; leave one out");
  if (shmSize !== undefined && joinsContainer(ipc))
    invalid(
      `shmSize is given, but with the IPC namespace of ${ipc.container} /dev/shm is that one's; leave one out`,
    );
  if (shmSize !== undefined && namespaces?.ipc === 'none')
    invalid('shmSize is given, but namespaces.ipc is "none", which has no /dev/shm; leave one out');
  const hostProc =
    chosenNamespace(namespaces, 'pid') === 'host' && chosenNamespace(namespaces, 'user') !== 'host';
  if (procOptions?.length && hostProc)
    invalid("procOptions are given, but /proc is a bind of the host's here; leave them out");
}

/** The filter: the user's, the default one, or none. */
function resolveSeccomp(options: SpecOptions, bounding: readonly string[]): LinuxSeccomp | undefined {
  const choice = options.seccomp ?? (options.privileged ? 'unconfined' : 'default');
  if (choice === 'unconfined') return undefined;
  if (choice !== 'default') return choice;
  const architecture = options.architecture ?? process.arch;
  if (!isProfileArchitecture(architecture)) {
    throw new LibpodError(
      'ERR_UNSUPPORTED',
      `no default seccomp profile is made for the processor ${show(architecture)}; give one, or "unconfined"`,
    );
  }
  return defaultSeccompProfile({ capabilities: bounding, architecture });
}

function isProfileArchitecture(name: string): name is ProfileArchitecture {
  return name === 'x64' || name === 'arm64';
}
