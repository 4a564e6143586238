import { createWriteStream, lstatSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { writeToStdout } from '../output/stdout.js';
import { withRuntime } from '../runtime.js';

/** `export`: podman-export(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] CONTAINER')
    .argument('[containers...]')
    .option('-o, --output <file>', 'write to a file; else to stdout, which must not be a terminal')
    .action(async (names: string[]) => {
      const { output } = command.opts<{ output?: string }>();
      const [name] = names;
      if (name === undefined || names.length > 1)
        throw new UsageError(`accepts 1 arg(s), received ${names.length}`);
      if (output === undefined && process.stdout.isTTY)
        throw new UsageError('refusing to export to terminal. Use -o flag or redirect');
      await withRuntime(command, async (runtime) => {
        const archive = await runtime.lookupContainer(name).export();
        if (output === undefined) return writeToStdout(archive);
        try {
          await pipeline(archive, createWriteStream(output));
        } catch (error) {
          // Half an archive looks like one. A device or a link is the user's own.
          if ((error as NodeJS.ErrnoException).syscall !== 'open' && lstatSync(output).isFile())
            await rm(output, { force: true });
          throw error;
        }
      });
    });
}
