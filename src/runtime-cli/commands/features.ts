import { CAPABILITIES } from '../../base/capabilities.js';
import { packageVersion } from '../../base/package-version.js';
import { MOUNT_OPTIONS } from '../../launch/mount-options.js';
import { isSupported, NAMESPACES } from '../../launch/unsupported.js';
import { detectCgroups } from '../../linux/cgroups.js';
import {
  HOOK_POINTS,
  SECCOMP_ACTIONS,
  SECCOMP_ARCHITECTURES,
  SECCOMP_FLAGS,
  SECCOMP_OPERATORS,
} from '../../oci/names.js';
import { OCI_VERSION } from '../../oci/state.js';
import { usage } from '../arguments.js';
import { command } from '../command.js';
import { writeOut } from '../write-out.js';

/** What this runtime can do: features.md and features-linux.md of the specification, from what it refuses by. */
function features(): unknown {
  const notify = isSupported('linux.seccomp.listenerPath');
  const versions = new Set(detectCgroups().map(({ version }) => version));
  return {
    ociVersionMin: '1.0.0',
    ociVersionMax: OCI_VERSION,
    hooks: HOOK_POINTS,
    mountOptions: MOUNT_OPTIONS,
    linux: {
      namespaces: [...NAMESPACES].sort(),
      capabilities: Object.keys(CAPABILITIES),
      cgroup: {
        v1: versions.has(1),
        v2: versions.has(2),
        systemd: false,
        systemdUser: false,
        rdma: isSupported('linux.resources.rdma'),
      },
      seccomp: {
        enabled: true,
        actions: SECCOMP_ACTIONS.filter((action) => notify || action !== 'SCMP_ACT_NOTIFY'),
        operators: SECCOMP_OPERATORS,
        archs: SECCOMP_ARCHITECTURES,
        knownFlags: SECCOMP_FLAGS,
        supportedFlags: SECCOMP_FLAGS.filter(
          (flag) => notify || flag !== 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV',
        ),
      },
      apparmor: { enabled: isSupported('process.apparmorProfile') },
      selinux: { enabled: isSupported('process.selinuxLabel') },
      intelRdt: { enabled: isSupported('linux.intelRdt') },
      mountExtensions: { idmap: { enabled: isSupported('mounts[].uidMappings') } },
    },
    annotations: { 'io.github.libpod-oci.version': packageVersion() },
    potentiallyUnsafeConfigAnnotations: [],
  };
}

export const definition = command({
  flags: {},
  words: '',
  run(_values, words) {
    if (words.length > 0) throw usage(`too many arguments: ${words.join(' ')}`);
    writeOut(JSON.stringify(features(), undefined, 2));
    return 0;
  },
});
