import { constants } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  codeOfErrno,
  describeErrno,
  errnoName,
  fileError,
  isFailure,
  systemError,
} from '../../../src/base/errno.js';
import { ERROR_CODES, LibpodError, type ErrorCode } from '../../../src/base/errors.js';
import { checkName, isId, newId, randomName, shortId } from '../../../src/base/ids.js';
import { Mutex } from '../../../src/base/mutex.js';

describe('an ID', () => {
  it('has 64 hexadecimal digits, and is new each time', () => {
    const ids = Array.from({ length: 100 }, newId);
    for (const id of ids) expect(isId(id)).toBe(true);
    expect(new Set(ids).size).toBe(100);
    expect(shortId(ids[0] ?? '')).toHaveLength(12);
  });

  it.each([
    '',
    'abc',
    'A'.repeat(64),
    'g'.repeat(64),
    'a'.repeat(63),
    'a'.repeat(65),
    `${'a'.repeat(64)}\n`,
    `../${'a'.repeat(61)}`,
  ])('is not %j', (text) => {
    expect(isId(text)).toBe(false);
  });
});

describe('a name', () => {
  it.each(['a', '0', 'web-1.a_b', 'X'.repeat(255)])('may be %s', (name) => {
    expect(checkName(name)).toBe(name);
  });

  it.each(['', '.', '..', '-a', '_a', '.a', 'a/b', '/a', 'a b', 'a\n', 'a\0', 'ä', 'a:b', 'x'.repeat(256)])(
    'may not be %j',
    (name) => {
      expect(() => checkName(name)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_NAME' }));
    },
  );

  it('is never a path to somewhere else', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        try {
          expect(checkName(name)).not.toMatch(/[/\0\n]|^\./);
        } catch (error) {
          expect(error).toBeInstanceOf(LibpodError);
        }
      }),
    );
  });

  it('by chance is a good one', () => {
    for (let attempt = 0; attempt < 50; attempt++)
      expect(checkName(randomName(attempt))).toMatch(/^[a-z]+_[a-z]+\d*$/);
  });
});

describe('an errno', () => {
  it.each([
    [2, 'ENOENT'],
    [8, 'ENOEXEC'],
    [65, 'ENOPKG'],
    [80, 'ELIBBAD'],
    [122, 'EDQUOT'],
  ])('%i is %s', (number, name) => {
    expect(errnoName(number)).toBe(name);
    expect(describeErrno({ stage: 'open', errno: number })).toMatch(
      new RegExp(`^\\w.* \\(open: ${name}\\)$`),
    );
  });

  it('that nobody knows is told by its number', () => {
    expect(describeErrno({ stage: 'fsetxattr', errno: constants.errno.EOPNOTSUPP })).toBe(
      'operation not supported (fsetxattr: ENOTSUP)',
    );
    expect(errnoName(4000)).toBe('errno 4000');
  });

  it('decides the code where nothing better is known', () => {
    const { ENOSPC, EDQUOT, ENOSYS, EOPNOTSUPP, EIO } = constants.errno;
    expect([ENOSPC, EDQUOT].map((errno) => codeOfErrno(errno))).toEqual(['ERR_NO_SPACE', 'ERR_NO_SPACE']);
    expect([ENOSYS, EOPNOTSUPP, 65].map((errno) => codeOfErrno(errno))).toEqual(
      Array<ErrorCode>(3).fill('ERR_UNSUPPORTED'),
    );
    expect(codeOfErrno(EIO, 'ERR_LAUNCH')).toBe('ERR_LAUNCH');
  });

  it('makes an error that carries it', () => {
    const error = systemError(
      'do it',
      { stage: 'open', errno: constants.errno.ENOSPC },
      { containerId: 'x' },
    );
    expect(error).toMatchObject({
      code: 'ERR_NO_SPACE',
      errno: constants.errno.ENOSPC,
      syscall: 'open',
      containerId: 'x',
    });
    expect(error.message).toBe('cannot do it: no space left on device (open: ENOSPC)');
    const cause = Object.assign(new Error('EACCES'), { errno: -13, syscall: 'mkdir', code: 'EACCES' });
    expect(fileError('make it', cause)).toMatchObject({
      code: 'ERR_SYSTEM',
      errno: 13,
      syscall: 'mkdir',
      cause,
    });
    expect([isFailure({ stage: 'x', errno: 1 }), isFailure(undefined), isFailure(3), isFailure({})]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('an error of the library', () => {
  it('is told from others, by its code if one is given', () => {
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
      const error = new LibpodError(code, 'x');
      expect(LibpodError.is(error)).toBe(true);
      expect(LibpodError.is(error, code)).toBe(true);
      expect(LibpodError.is(error, code === 'ERR_SYSTEM' ? 'ERR_LAUNCH' : 'ERR_SYSTEM')).toBe(false);
    }
    expect(LibpodError.is(new Error('x'))).toBe(false);
  });

  it('has a message that nobody can drown', () => {
    const { message } = new LibpodError('ERR_SYSTEM', `cannot open ${'x'.repeat(1_000_000)}: do this`);
    expect(message).toMatch(/^cannot open x+ \[\d+ characters\] x+: do this$/);
    expect(message.length).toBeLessThan(10_100);
  });
});

describe('a mutex', () => {
  it('serves those who wait in the order in which they came, one at a time', async () => {
    const mutex = new Mutex();
    const order: number[] = [];
    let inside = 0;
    await Promise.all(
      Array.from({ length: 20 }, async (_, number) => {
        const release = await mutex.acquire();
        expect(++inside).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, number % 3));
        order.push(number);
        inside--;
        release();
      }),
    );
    expect(order).toEqual(Array.from({ length: 20 }, (_, number) => number));
  });
});
