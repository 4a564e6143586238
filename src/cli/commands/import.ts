import type { PodmanCommand } from '../command.js';
import { addPlatformFlags, parseRegistryFlags, type RegistryFlags } from '../flags/registry.js';
import { collect } from '../flags/values.js';
import { naming } from '../output/archive-file.js';
import { withRuntime } from '../runtime.js';

interface ImportFlags extends RegistryFlags {
  readonly change?: string[];
  readonly message?: string;
  readonly quiet?: boolean;
}

/** `import`: podman-import(1). */
export function define(command: PodmanCommand): void {
  addPlatformFlags(command);
  command
    .usage('[options] PATH [REFERENCE]')
    .argument('<path>')
    .argument('[reference]')
    .option('-c, --change <instruction>', 'change the image by an instruction of a Containerfile', collect)
    .option('-m, --message <text>', 'a comment in the history of the image')
    .option('-q, --quiet', 'say nothing but the ID')
    .action(async (source: string, name: string | undefined) => {
      const flags = command.opts<ImportFlags>();
      const { platform } = parseRegistryFlags(flags);
      await withRuntime(command, async ({ images }) => {
        const isStdin = source === '-';
        const work = images.import(isStdin ? (process.stdin as AsyncIterable<Buffer>) : source, {
          ...{ name, changes: flags.change, message: flags.message, platform },
        });
        const { id } = await naming(isStdin ? undefined : source, work);
        process.stdout.write(`sha256:${id}\n`);
      });
    });
}
