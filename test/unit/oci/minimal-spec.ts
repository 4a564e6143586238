import type { RuntimeSpec } from '../../../src/oci/runtime-spec.js';

/** The smallest specification that is valid; each call answers a new one. */
export function minimalSpec(): RuntimeSpec {
  return {
    ociVersion: '1.2.0',
    process: { user: { uid: 0, gid: 0 }, args: ['sh'], cwd: '/' },
    root: { path: 'rootfs' },
  };
}
