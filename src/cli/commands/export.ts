import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { writeArchive } from '../output/archive-file.js';
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
        await writeArchive(archive, output);
      });
    });
}
