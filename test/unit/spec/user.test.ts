import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LibpodError } from '../../../src/base/errors.js';
import { parseGroup, parsePasswd, resolveUser } from '../../../src/spec/user.js';

const PASSWD = `root:x:0:0:root:/root:/bin/sh
# a comment
app:x:1000:1000:App:/home/app:/bin/sh
nohome:x:1001:1001:::/bin/sh
short:x:1002
4242:x:7:7:digits:/digits:/bin/sh
huge:x:4294967296:0:::
negative:x:-1:0:::
+nis::::::
again:x:1000:5:::
`;
const GROUP = `root:x:0:
app:x:1000:
extra:x:2000:app, root
broken:x
huge:x:99999999999:app
`;

function files(path: string): string {
  return { '/etc/passwd': PASSWD, '/etc/group': GROUP }[path] ?? '';
}
const nothing = (): string => '';

describe('passwd and group files', () => {
  it('are read line by line; what is no entry is passed over', () => {
    expect(parsePasswd(PASSWD).map(({ name }) => name)).toEqual(['root', 'app', 'nohome', '4242', 'again']);
    expect(parsePasswd(PASSWD)[2]).toEqual({ name: 'nohome', uid: 1001, gid: 1001, home: '/' });
    expect(parseGroup(GROUP)).toEqual([
      { name: 'root', gid: 0, members: [] },
      { name: 'app', gid: 1000, members: [] },
      { name: 'extra', gid: 2000, members: ['app', 'root'] },
    ]);
  });

  it('never break the parser', () => {
    fc.assert(
      fc.property(fc.string(), (text) => Array.isArray(parsePasswd(text)) && Array.isArray(parseGroup(text))),
    );
  });
});

describe('the user of a container', () => {
  it.each([
    ['0', { uid: 0, gid: 0, additionalGids: [2000], home: '/root', username: 'root' }],
    ['', { uid: 0, gid: 0, additionalGids: [2000], home: '/root', username: 'root' }],
    ['app', { uid: 1000, gid: 1000, additionalGids: [2000], home: '/home/app', username: 'app' }],
    ['1000', { uid: 1000, gid: 1000, additionalGids: [2000], home: '/home/app', username: 'app' }],
    ['app:extra', { uid: 1000, gid: 2000, additionalGids: [], home: '/home/app', username: 'app' }],
    ['app:5', { uid: 1000, gid: 5, additionalGids: [], home: '/home/app', username: 'app' }],
    ['9999', { uid: 9999, gid: 0, additionalGids: [], home: '/' }],
    ['9999:8888', { uid: 9999, gid: 8888, additionalGids: [], home: '/' }],
    ['4294967294', { uid: 4294967294, gid: 0, additionalGids: [], home: '/' }],
  ])('%j is found', (request, user) => {
    expect(resolveUser(request, files)).toEqual(user);
  });

  it('that is all digits is a number, never a name (CVE-2016-3697)', () => {
    expect(resolveUser('4242', files)).toMatchObject({ uid: 4242, home: '/' });
  });

  it.each([
    '4294967295', // -1 to the kernel: "unchanged"
    '4294967296', // CVE-2024-40635: root after overflow
    '-1',
    '+1',
    '1e3',
    '0x0',
    '0:0:0',
    'app:4294967296',
    'app:-1',
    'nobody-there',
    'app:no-such-group',
    'app\n',
    'app\nroot:x:0:0',
    '0\n',
    ' 0',
    'huge',
    'negative',
    'short',
    'broken:broken',
  ])('%j is refused', (request) => {
    expect(() => resolveUser(request, files)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
    );
  });

  it('need not be listed if it is a number, and must be if it is a name', () => {
    expect(resolveUser('5', nothing)).toEqual({ uid: 5, gid: 0, additionalGids: [], home: '/' });
    expect(() => resolveUser('root', nothing)).toThrow(LibpodError);
  });

  it('is never one that the kernel cannot be told, whatever is asked', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9:+-]{1,15}$/)), (request) => {
        try {
          const { uid, gid } = resolveUser(request, files);
          for (const id of [uid, gid]) expect(Number.isInteger(id) && id >= 0 && id < 0xffff_ffff).toBe(true);
        } catch (error) {
          expect(LibpodError.is(error, 'ERR_INVALID_ARGUMENT')).toBe(true);
        }
      }),
    );
  });
});
