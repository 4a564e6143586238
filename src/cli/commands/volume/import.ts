import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { PodmanCommand } from '../../command.js';
import { UsageError } from '../../errors.js';
import { withRuntime } from '../../runtime.js';

/** The archive in a file, or on stdin for `-`. */
async function openArchive(source: string): Promise<AsyncIterable<Uint8Array>> {
  if (source === '-') return process.stdin;
  try {
    const handle = await open(source);
    return createReadStream('', { fd: handle });
  } catch (error) {
    throw new UsageError(`cannot import ${source}: ${(error as Error).message}`);
  }
}

/** `volume import`: podman-volume-import(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('VOLUME [SOURCE]')
    .argument('<volume>')
    .argument(
      '[source]',
      'a tar archive, plain or compressed by gzip or zstd; - for stdin, which is the default',
    )
    .action(async (name: string, source: string = '-') => {
      await withRuntime(command, async (runtime) => {
        runtime.volume(name);
        await runtime.importVolume(name, await openArchive(source));
      });
    });
}
