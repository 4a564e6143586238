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

/** Every refusal, by the words that it must name. */
const REFUSED: readonly (readonly [names: string, change: Change])[] = [
  ['linux.intelRdt', linux({ intelRdt: {} })],
  ['linux.personality.flags', linux({ personality: { domain: 'LINUX', flags: ['x'] } })],
  ['process.scheduler.policy SCHED_ISO', process({ scheduler: { policy: 'SCHED_ISO' } })],
  [
    'a user namespace, but joins the mount namespace',
    linux({ namespaces: [{ type: 'mount', path: '/proc/1/ns/mnt' }, { type: 'user' }] }),
  ],
  ['no mount namespace', linux({ namespaces: [{ type: 'pid' }] })],
  ['mounts, but joins the mount namespace /m', linux({ namespaces: [{ type: 'mount', path: '/m' }] })],
  [
    'root.readonly, but joins',
    () => ({
      mounts: [],
      root: { path: '/', readonly: true },
      linux: { namespaces: [{ type: 'mount', path: '/m' }] },
    }),
  ],
];

/** What looks alike and asks for nothing. */
const ACCEPTED: readonly (readonly [what: string, change: Change])[] = [
  ['nothing', () => ({})],
  ['empty mappings', linux({ uidMappings: [], gidMappings: [] })],
  ['empty labels', process({ apparmorProfile: '', selinuxLabel: '' })],
  ['empty network limits', linux({ resources: { network: { priorities: [] }, rdma: {} } })],
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
