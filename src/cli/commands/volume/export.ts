import type { PodmanCommand } from '../../command.js';
import { UsageError } from '../../errors.js';
import { writeArchive } from '../../output/archive-file.js';
import { withRuntime } from '../../runtime.js';

/** `volume export`: podman-volume-export(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] VOLUME')
    .argument('<volume>')
    .option('-o, --output <file>', 'write to a file; else to stdout, which must not be a terminal')
    .action(async (name: string) => {
      const { output } = command.opts<{ output?: string }>();
      if (output === undefined && process.stdout.isTTY)
        throw new UsageError('refusing to export to terminal. Use -o flag or redirect');
      await withRuntime(command, async (runtime) => writeArchive(await runtime.exportVolume(name), output));
    });
}
