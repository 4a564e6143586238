import { describe, expect, it } from 'vitest';
import { refuseUnsupported } from '../../../src/launch/unsupported.js';
import type { RuntimeSpec } from '../../../src/oci/runtime-spec.js';
import { defaultSpec } from './request.js';

type Change = (spec: RuntimeSpec) => unknown;

const linux =
  (more: object): Change =>
  ({ linux: { ...own } }) => ({ linux: { ...own, ...more } });
const process =
  (more: object): Change =>
  ({ process: own }) => ({ process: { ...own, ...more } });
const MAPPING = [{ containerID: 0, hostID: 1000, size: 10 }];

/** Every refusal, by the words that it must name. */
const REFUSED: readonly (readonly [names: string, change: Change])[] = [
  ['process.apparmorProfile', process({ apparmorProfile: 'p' })],
  ['process.selinuxLabel', process({ selinuxLabel: 'l' })],
  ['process.scheduler', process({ scheduler: { policy: 'SCHED_FIFO' } })],
  ['process.ioPriority', process({ ioPriority: { class: 'IOPRIO_CLASS_RT' } })],
  ['process.execCPUAffinity', process({ execCPUAffinity: { initial: '0' } })],
  ['linux.uidMappings', linux({ uidMappings: MAPPING })],
  ['linux.gidMappings', linux({ gidMappings: MAPPING })],
  ['linux.mountLabel', linux({ mountLabel: 'l' })],
  ['linux.intelRdt', linux({ intelRdt: {} })],
  ['linux.personality', linux({ personality: { domain: 'LINUX32' } })],
  ['linux.timeOffsets', linux({ timeOffsets: {} })],
  ['linux.seccomp.listenerPath', linux({ seccomp: { defaultAction: 'SCMP_ACT_ALLOW', listenerPath: '/s' } })],
  ['linux.resources.network', linux({ resources: { network: { classID: 1 } } })],
  [
    'linux.resources.network',
    linux({ resources: { network: { priorities: [{ name: 'eth0', priority: 1 }] } } }),
  ],
  ['linux.resources.rdma', linux({ resources: { rdma: { mlx5_1: { hcaHandles: 1 } } } })],
  [
    'mounts[].uidMappings',
    () => ({ mounts: [{ destination: '/x', type: 'bind', source: '/x', uidMappings: MAPPING }] }),
  ],
  [
    'mounts[].uidMappings',
    () => ({ mounts: [{ destination: '/x', type: 'bind', source: '/x', gidMappings: MAPPING }] }),
  ],
  ['a user namespace', linux({ namespaces: [{ type: 'mount' }, { type: 'user' }] })],
  ['a time namespace', linux({ namespaces: [{ type: 'mount' }, { type: 'time' }] })],
  ['no mount namespace', linux({ namespaces: [{ type: 'pid' }] })],
  ['the mount namespace /proc/1/ns/mnt', linux({ namespaces: [{ type: 'mount', path: '/proc/1/ns/mnt' }] })],
  ['linux.rootfsPropagation "shared"', linux({ rootfsPropagation: 'shared' })],
  ['linux.rootfsPropagation "unbindable"', linux({ rootfsPropagation: 'unbindable' })],
];

/** What looks alike and asks for nothing. */
const ACCEPTED: readonly (readonly [what: string, change: Change])[] = [
  ['nothing', () => ({})],
  ['empty mappings', linux({ uidMappings: [], gidMappings: [] })],
  ['empty labels', process({ apparmorProfile: '', selinuxLabel: '' })],
  ['empty network limits', linux({ resources: { network: { priorities: [] }, rdma: {} } })],
  ['a propagation that the root has anyway', linux({ rootfsPropagation: 'rslave' })],
  ['a mount namespace with an empty path', linux({ namespaces: [{ type: 'mount', path: '' }] })],
];

describe('what a specification asks for and this engine does not do', () => {
  it.each(REFUSED)('is refused by its name: %s', (names, change) => {
    const spec = defaultSpec();
    expect(() => refuseUnsupported({ ...spec, ...(change(spec) as object) })).toThrow(
      expect.objectContaining({
        code: 'ERR_SPEC_UNSUPPORTED',
        message: expect.stringContaining(names) as string,
      }),
    );
  });

  it.each(ACCEPTED)('is not what is taken for it: %s', (_what, change) => {
    const spec = defaultSpec();
    expect(() => refuseUnsupported({ ...spec, ...(change(spec) as object) })).not.toThrow();
  });
});
