import type { Runtime } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { addCreateFlags, parseCreateOptions, type CreateFlags } from '../flags/create.js';
import { parseRegistryFlags } from '../flags/registry.js';
import { checkCidFile } from '../flags/cidfile.js';
import { makeContainer } from '../new-container.js';
import { pullForContainer } from '../pull-image.js';
import { withRuntime } from '../runtime.js';

/** `create`: podman-create(1). */
export function define(command: PodmanCommand): void {
  addCreateFlags(command);
  command.action(async (words: string[]) => {
    const flags = command.opts<CreateFlags>();
    const options = parseCreateOptions(flags, words);
    const registry = parseRegistryFlags(flags);
    const ready = (runtime: Runtime) => pullForContainer(runtime, options, registry, flags.quiet);
    checkCidFile(flags.cidfile);
    await withRuntime(
      command,
      async (runtime) => {
        if (flags.dryRun) {
          process.stdout.write(await runtime.dryRun(await ready(runtime)));
          return;
        }
        const container = await makeContainer(runtime, flags, await ready(runtime));
        process.stdout.write(`${container.id}\n`);
      },
      flags.cgroupParent,
    );
  });
}
