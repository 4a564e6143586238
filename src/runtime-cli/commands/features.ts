import { packageVersion } from '../../base/package-version.js';
import { FEATURES } from '../../launch/features.js';
import { isSupported } from '../../launch/unsupported.js';
import { detectCgroups } from '../../linux/cgroups/cgroups.js';
import { OCI_VERSION } from '../../oci/state.js';
import { usage } from '../arguments.js';
import { command } from '../command.js';
import { writeOut } from '../write-out.js';

/** What this runtime can do: features.md and features-linux.md of the specification, from what it refuses by. */
function features(): unknown {
  const { seccomp } = FEATURES;
  const versions = new Set(detectCgroups().map(({ version }) => version));
  return {
    ociVersionMin: '1.0.0',
    ociVersionMax: OCI_VERSION,
    hooks: FEATURES.hooks,
    mountOptions: FEATURES.mountOptions,
    linux: {
      namespaces: [...FEATURES.namespaces].sort(),
      capabilities: FEATURES.capabilities,
      cgroup: {
        v1: versions.has(1),
        v2: versions.has(2),
        systemd: true,
        systemdUser: false,
        rdma: isSupported('linux.resources.rdma'),
      },
      seccomp: {
        enabled: true,
        actions: seccomp.actions,
        operators: seccomp.operators,
        archs: seccomp.architectures,
        knownFlags: seccomp.knownFlags,
        supportedFlags: seccomp.supportedFlags,
      },
      apparmor: { enabled: isSupported('process.apparmorProfile') },
      selinux: { enabled: isSupported('process.selinuxLabel') },
      intelRdt: { enabled: isSupported('linux.intelRdt') },
      netDevices: { enabled: true },
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
