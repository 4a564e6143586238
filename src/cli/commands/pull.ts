import type { PodmanCommand } from '../command.js';
import {
  addPlatformFlags,
  addRegistryFlags,
  parseRegistryFlags,
  type RegistryFlags,
} from '../flags/registry.js';
import { pullImage } from '../pull-image.js';
import { withRuntime } from '../runtime.js';

interface PullFlags extends RegistryFlags {
  readonly quiet?: boolean;
}

/** `pull`: podman-pull(1). */
export function define(command: PodmanCommand): void {
  addRegistryFlags(command);
  addPlatformFlags(command);
  command
    .usage('[options] IMAGE [IMAGE...]')
    .argument('<images...>')
    .option('-q, --quiet', 'print the ID alone')
    .action(async (names: string[]) => {
      const flags = command.opts<PullFlags>();
      const options = parseRegistryFlags(flags);
      await withRuntime(command, async (runtime) => {
        for (const name of names)
          process.stdout.write(`${await pullImage(runtime, name, options, flags.quiet)}\n`);
      });
    });
}
