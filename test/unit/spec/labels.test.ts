import { describe, expect, it } from 'vitest';

import { generateSpec } from '../../../src/spec/generate.js';
import { parseContainerContexts, resolveLabels } from '../../../src/spec/labels.js';

/** As container-selinux installs it. */
const CONTEXTS = `process = "system_u:system_r:container_t:s0"
content = "system_u:object_r:virt_var_lib_t:s0"
file = "system_u:object_r:container_file_t:s0"
ro_file="system_u:object_r:container_ro_file_t:s0"
`;
const contexts = parseContainerContexts(CONTEXTS);
const selinux = { process: '', file: '', ...contexts, categories: 'c1,c9' };

describe('labels for SELinux', () => {
  it('finds those of the process and of files in the policy', () => {
    expect(contexts).toEqual({
      process: 'system_u:system_r:container_t:s0',
      file: 'system_u:object_r:container_file_t:s0',
    });
    expect(parseContainerContexts('process = "a:b:c:s0"\n')).toBeUndefined();
  });

  // What opencontainers/selinux makes of the same options (InitLabels).
  it.each([
    [['type:spc_t'], 'system_u:system_r:spc_t:s0:c1,c9', 'system_u:object_r:container_file_t:s0:c1,c9'],
    [['level:s0:c7'], 'system_u:system_r:container_t:s0:c7', 'system_u:object_r:container_file_t:s0:c7'],
    [['user:u', 'role:r'], 'u:r:container_t:s0:c1,c9', 'u:object_r:container_file_t:s0:c1,c9'],
    [['filetype:f_t'], 'system_u:system_r:container_t:s0:c1,c9', 'system_u:object_r:f_t:s0:c1,c9'],
  ])('makes of %j the label of the process and that of the mounts', (options, process, mount) => {
    expect(resolveLabels(options, selinux)).toMatchObject({ process, mount });
  });

  it('records them, and labels nothing where there is no SELinux, or none is asked for', () => {
    const annotations = { 'io.podman.annotations.label': 'type:t,label=nested' };
    expect(resolveLabels(['type:t', 'nested'])).toEqual({ annotations });
    expect(resolveLabels(['type:t', 'disable'], selinux)).not.toHaveProperty('process');
    expect(resolveLabels([], selinux)).toEqual({ annotations: {} });
  });

  it.each(['', 'disabled', 'type', 'type:', 'bogus:x', 'constructor:x'])('refuses %j', (option) => {
    expect(() => resolveLabels([option])).toThrow(
      expect.objectContaining({
        code: 'ERR_INVALID_ARGUMENT',
        message: expect.stringContaining(`"${option}"`),
      }),
    );
  });

  it('refuses nested labels where there is SELinux', () => {
    expect(() => resolveLabels(['nested'], selinux)).toThrow(/"nested"/);
  });

  it('reaches the specification', () => {
    const spec = generateSpec({
      rootfs: '/r',
      command: ['sh'],
      hostname: 'h',
      architecture: 'x64',
      labelOptions: ['type:spc_t'],
      selinux,
      annotations: { mine: 'too' },
    });
    expect(spec.process.selinuxLabel).toBe('system_u:system_r:spc_t:s0:c1,c9');
    expect(spec.linux?.mountLabel).toBe('system_u:object_r:container_file_t:s0:c1,c9');
    expect(spec.annotations).toEqual({ 'io.podman.annotations.label': 'type:spc_t', mine: 'too' });
  });
});
