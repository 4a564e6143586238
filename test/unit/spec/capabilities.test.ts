import { describe, expect, it } from 'vitest';

import { CAPABILITY_NAMES } from '../../../src/base/capabilities.js';
import { DEFAULT_CAPABILITIES, resolveCapabilities } from '../../../src/spec/capabilities.js';

const NONE: string[] = [];
const SORTED = [...CAPABILITY_NAMES].sort();

describe('root', () => {
  it('gets the default set, and nothing inheritable', () => {
    const set = [...DEFAULT_CAPABILITIES];
    expect(resolveCapabilities({})).toEqual({
      bounding: set,
      effective: set,
      permitted: set,
      inheritable: NONE,
      ambient: NONE,
    });
  });

  it.each([
    [{ add: ['net_admin'] }, [...DEFAULT_CAPABILITIES, 'CAP_NET_ADMIN'].sort()],
    [{ add: ['CAP_NET_ADMIN', 'NET_ADMIN'], drop: ['all'] }, ['CAP_NET_ADMIN']],
    [{ drop: ['All'] }, NONE],
    [{ drop: ['chown'] }, DEFAULT_CAPABILITIES.filter((name) => name !== 'CAP_CHOWN')],
    [{ add: ['ALL'] }, SORTED],
    [{ add: ['ALL'], drop: ['MKNOD'] }, SORTED.filter((name) => name !== 'CAP_MKNOD')],
    [{ privileged: true }, SORTED],
    [{ privileged: true, drop: ['sys_module'] }, SORTED.filter((name) => name !== 'CAP_SYS_MODULE')],
  ])('%j', (options, expected) => {
    const { bounding, effective, permitted } = resolveCapabilities(options);
    expect({ bounding, effective, permitted }).toEqual({
      bounding: expected,
      effective: expected,
      permitted: expected,
    });
  });
});

describe('another user', () => {
  const user = { uid: 1000 };

  it('has nothing in effect, under the whole bounding set', () => {
    expect(resolveCapabilities({ user })).toEqual({
      bounding: [...DEFAULT_CAPABILITIES],
      effective: NONE,
      permitted: NONE,
      inheritable: NONE,
      ambient: NONE,
    });
    expect(resolveCapabilities({ user, privileged: true })).toMatchObject({
      bounding: SORTED,
      effective: NONE,
    });
  });

  it('has what was added by name, in all sets', () => {
    const { bounding, ...own } = resolveCapabilities({ user, add: ['NET_ADMIN'] });
    expect(bounding).toContain('CAP_CHOWN');
    for (const set of Object.values(own)) expect(set).toEqual(['CAP_NET_ADMIN']);
  });

  it('is not given back what was dropped from ALL', () => {
    const { bounding, ambient } = resolveCapabilities({ user, add: ['ALL'], drop: ['SYS_ADMIN'] });
    expect(ambient).toEqual(bounding);
    expect(ambient).not.toContain('CAP_SYS_ADMIN');
  });
});

it.each([
  [{ add: ['FOO'] }, 'capAdd names "FOO"'],
  [{ drop: ['CAP_CAP_CHOWN'] }, 'capDrop names "CAP_CAP_CHOWN"'],
  [{ add: ['chown'], drop: ['CAP_CHOWN'] }, 'CAP_CHOWN is both added and dropped'],
  [{ add: ['ALL'], drop: ['all'] }, 'ALL is both added and dropped'],
])('%j is refused: %s', (options, sentence) => {
  expect(() => resolveCapabilities(options)).toThrow(
    expect.objectContaining({
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringContaining(sentence) as string,
    }),
  );
});
