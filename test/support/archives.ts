import { execFileSync } from 'node:child_process';
import { openSync, closeSync, constants } from 'node:fs';
import { Readable } from 'node:stream';
import { extractTar, type ExtractOptions } from '../../src/archive/extract.js';
import { packTree } from '../../src/archive/pack.js';
import type { TarOptions } from '../../src/linux/trees/tar-source.js';
import { TreeWriter, type TreeWriterOptions } from '../../src/linux/trees/tree-writer.js';

/** All bytes of a stream. */
export async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** A path as a descriptor for a moment. */
function withPath<T>(path: string, run: (holder: { fd: number }) => T): T {
  // O_PATH, which Node has no name for.
  const fd = openSync(path, 0o10000000 | constants.O_NOFOLLOW);
  try {
    return run({ fd });
  } finally {
    closeSync(fd);
  }
}

/** A file or directory of the host as an archive. */
export function packPath(path: string, options: TarOptions = {}): Readable {
  return withPath(path, (start) => packTree(start, options));
}

/** Unpacks an archive into a directory of the host. */
export async function unpackInto(
  directory: string,
  archive: Buffer | AsyncIterable<Uint8Array>,
  options: ExtractOptions & TreeWriterOptions = {},
): Promise<void> {
  await using writer = withPath(directory, (root) => new TreeWriter(root, { scope: 'beneath', ...options }));
  await extractTar(Buffer.isBuffer(archive) ? Readable.from([archive]) : archive, writer, options);
}

/** GNU tar's listing of an archive. */
export function listWithTar(archive: Buffer, ...flags: string[]): string[] {
  return execFileSync('tar', ['-t', ...flags], { input: archive, encoding: 'latin1', maxBuffer: 1 << 28 })
    .split('\n')
    .filter(Boolean);
}

/** A header block of ustar, for archives that no archiver writes. */
export function headerBlock(fields: {
  readonly name: string;
  readonly type?: string;
  readonly link?: string;
  readonly size?: number;
  readonly mode?: number;
  readonly major?: number;
  readonly minor?: number;
}): Buffer {
  const { name, type = '0', link = '', size = 0, mode = 0o644, major = 0, minor = 0 } = fields;
  const block = Buffer.alloc(512);
  const octal = (value: number, at: number, digits: number): void => {
    block.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
  };
  block.write(name, 0, 100, 'latin1');
  octal(mode, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(1_600_000_000, 136, 11);
  block.write(type, 156, 1, 'latin1');
  block.write(link, 157, 100, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  octal(major, 329, 7);
  octal(minor, 337, 7);
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** An archive of such entries. */
export function archiveOf(
  ...entries: readonly (Parameters<typeof headerBlock>[0] & { readonly data?: string })[]
): Buffer {
  const blocks = entries.flatMap(({ data = '', ...fields }) => {
    const bytes = Buffer.from(data);
    return [headerBlock({ size: bytes.length, ...fields }), bytes, Buffer.alloc(-bytes.length & 511)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
