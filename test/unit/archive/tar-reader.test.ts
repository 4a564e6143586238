import fc from 'fast-check';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { cleanPath } from '../../../src/archive/extract.js';
import { parsePaxRecords } from '../../../src/archive/pax-records.js';
import type { TarEntry } from '../../../src/archive/tar-header.js';
import { readTar } from '../../../src/archive/tar-reader.js';
import { LibpodError } from '../../../src/index.js';
import { archiveOf, bytesOf, headerBlock } from '../../support/archives.js';

interface Read extends TarEntry {
  readonly data: string;
}

/** Reads an archive that comes in pieces of a size. */
async function read(archive: Buffer, piece = archive.length || 1): Promise<Read[]> {
  const pieces = Array.from({ length: Math.ceil(archive.length / piece) }, (_, at) =>
    archive.subarray(at * piece, (at + 1) * piece),
  );
  const entries: Read[] = [];
  for await (const { entry, body } of readTar(Readable.from(pieces)))
    entries.push({ ...entry, data: (await bytesOf(body)).toString('latin1') });
  return entries;
}

/** An extended header of type x or g. */
function extended(type: 'x' | 'g', ...records: [key: string, value: Buffer | string][]): Buffer {
  const body = Buffer.concat(
    records.map(([key, value]) => {
      const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
      let length = rest.length + 1;
      while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
      return Buffer.concat([Buffer.from(String(length)), rest]);
    }),
  );
  return Buffer.concat([
    headerBlock({ name: 'PaxHeaders/x', type, size: body.length }),
    body,
    Buffer.alloc(-body.length & 511),
  ]);
}

describe('the reader of tar archives', () => {
  it('reads every kind of entry, in pieces of any size', async () => {
    const archive = archiveOf(
      { name: 'dir/', type: '5', mode: 0o755 },
      { name: 'dir/file', data: 'x'.repeat(1000) },
      { name: 'hard', type: '1', link: 'dir/file', size: 1000 },
      { name: 'soft', type: '2', link: 'dir' },
      { name: 'null', type: '3', major: 1, minor: 3 },
      { name: 'old-directory/' },
      { name: 'empty' },
    );
    const whole = await read(archive);
    expect(whole.map(({ type, path }) => `${type} ${path}`)).toEqual([
      'directory dir/',
      'file dir/file',
      'hardLink hard',
      'symlink soft',
      'characterDevice null',
      'directory old-directory/',
      'file empty',
    ]);
    expect(whole[1]).toMatchObject({ data: 'x'.repeat(1000), seconds: 1_600_000_000, mode: 0o644 });
    expect(whole[4]).toMatchObject({ major: 1, minor: 3 });
    for (const piece of [1, 7, 511, 513]) expect(await read(archive, piece)).toEqual(whole);
  });

  it('takes what extended headers say, values as bytes, and forgets it after one entry', async () => {
    const capability = Buffer.from([1, 0, 0, 2, 0x0a, 0xff, 0, 0x3d]);
    const archive = Buffer.concat([
      extended('g', ['mtime', '5'], ['comment', 'for all']),
      extended(
        'x',
        ['path', 'long/ü'],
        ['uid', '4000000000'],
        ['mtime', '1234567890.123456789'],
        ['SCHILY.xattr.security.capability', capability],
      ),
      archiveOf({ name: 'short', data: 'a' }, { name: 'next' }),
    ]);
    const [first, next] = await read(archive);
    expect(first).toMatchObject({
      path: Buffer.from('long/ü').toString('latin1'),
      uid: 4_000_000_000,
      seconds: 1_234_567_890,
      nanoseconds: 123_456_789,
      data: 'a',
    });
    expect(Buffer.from(first?.xattrs[0]?.[1] ?? [])).toEqual(capability);
    expect(next).toMatchObject({ path: 'next', seconds: 5, uid: 0, xattrs: [] });
  });

  it.each([
    ['1.5', 1, 500_000_000],
    ['-1.25', -2, 750_000_000],
    ['-3', -3, 0],
    ['7.0000000019', 7, 1],
  ])('reads the time %s', async (text, seconds, nanoseconds) => {
    const [entry] = await read(Buffer.concat([extended('x', ['mtime', text]), archiveOf({ name: 'a' })]));
    expect(entry).toMatchObject({ seconds, nanoseconds });
  });

  it("reads GNU's long names and large numbers", async () => {
    const long = 'n'.repeat(300);
    const block = headerBlock({ name: 'short' });
    block.fill(0, 108, 116);
    block.writeUIntBE(0x80, 108, 1);
    block.writeUInt32BE(3_000_000_000, 112);
    block.fill(' ', 148, 156);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    const archive = Buffer.concat([
      headerBlock({ name: '././@LongLink', type: 'L', size: long.length + 1 }),
      Buffer.from(`${long}\0`.padEnd(512, '\0'), 'latin1'),
      block,
      Buffer.alloc(1024),
    ]);
    expect(await read(archive)).toMatchObject([{ path: long, uid: 3_000_000_000 }]);
  });

  it.each([
    ['a sum that is wrong', archiveOf({ name: 'a' }).fill('b', 0, 1)],
    ['a header that is cut', archiveOf({ name: 'a' }).subarray(0, 300)],
    ['a file that is cut', archiveOf({ name: 'a', data: 'x'.repeat(600) }).subarray(0, 700)],
    ['a file whose last block is cut', archiveOf({ name: 'a', data: 'x' }).subarray(0, 600)],
    ['an extended header without an entry', extended('x', ['path', 'a'])],
    ['an extended header that is cut', extended('x', ['path', 'a']).subarray(0, 600)],
    ['a record of the wrong length', extended('x', ['path', 'a']).fill('9', 512, 513)],
    ['a name with a NUL', Buffer.concat([extended('x', ['path', 'a\0b']), archiveOf({ name: 'a' })])],
    ['a size that is no number', Buffer.concat([extended('x', ['size', '-1']), archiveOf({ name: 'a' })])],
    ['a sparse file', Buffer.concat([extended('x', ['GNU.sparse.major', '1']), archiveOf({ name: 'a' })])],
    ['an extended header without end', headerBlock({ name: 'x', type: 'x', size: 100_000_000 })],
    ['an unknown type', archiveOf({ name: 'a', type: 'Q' })],
    ['no archive', Buffer.alloc(2000, 'no')],
  ])('refuses %s', async (_, archive) => {
    await expect(read(archive)).rejects.toMatchObject({ code: 'ERR_ARCHIVE' });
  });

  it('is content with nothing, and with an end without zeros', async () => {
    expect(await read(Buffer.alloc(0))).toEqual([]);
    expect(await read(Buffer.alloc(10240))).toEqual([]);
    expect(await read(archiveOf({ name: 'a' }).subarray(0, 512))).toHaveLength(1);
  });

  it('ends with entries or with an error for whatever bytes', async () => {
    const seed = archiveOf({ name: 'dir/', type: '5' }, { name: 'dir/file', data: 'data' }, { name: 'b' });
    const mutated = fc
      .array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { maxLength: 8 })
      .map((changes) => {
        const bytes = Buffer.from(seed);
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      });
    const any = fc.oneof(mutated, fc.uint8Array({ maxLength: 3000 }).map(Buffer.from));
    await fc.assert(
      fc.asyncProperty(any, fc.integer({ min: 1, max: 600 }), async (bytes, piece) => {
        try {
          for (const { path } of await read(bytes, piece)) expect(path.includes('\0')).toBe(false);
        } catch (error) {
          expect(LibpodError.is(error, 'ERR_ARCHIVE')).toBe(true);
        }
      }),
    );
  });

  it('reads records again as they were written, whatever bytes they hold', () => {
    const key = fc.stringMatching(/^[A-Za-z][A-Za-z0-9.]{0,20}$/);
    const value = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.dictionary(key, value, { maxKeys: 5 }), (records) => {
        const bytes = extended('x', ...Object.entries(records));
        const size = Number.parseInt(bytes.toString('latin1', 124, 135), 8);
        const found = parsePaxRecords(bytes.subarray(512, 512 + size));
        expect([...found].sort()).toEqual(
          Object.entries(records)
            .map(([name, text]) => [name, text.toString('latin1')])
            .sort(),
        );
      }),
    );
  });
});

describe('the path of an entry', () => {
  it.each([
    ['a/b', 'a/b'],
    ['./a//b/.', 'a/b'],
    ['/etc/passwd', 'etc/passwd'],
    ['./', ''],
  ])('%s is %s', (path, clean) => {
    expect(cleanPath(path)).toBe(clean);
  });

  it('is refused or stays beneath, whatever it is', () => {
    const part = fc.constantFrom('a', 'b', '.', '..', '...', '', '/', 'x..');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        try {
          const clean = cleanPath(parts.join('/')).split('/');
          expect(clean.some((name) => name === '..' || name === '.')).toBe(false);
          expect(clean.length === 1 || !clean.includes('')).toBe(true);
        } catch (error) {
          expect(LibpodError.is(error, 'ERR_ARCHIVE')).toBe(true);
          expect(parts.join('/').split('/')).toContain('..');
        }
      }),
    );
  });
});
