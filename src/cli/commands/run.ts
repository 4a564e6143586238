import type { Runtime } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { addCreateFlags, parseCreateOptions, type CreateFlags } from '../flags/create.js';
import { parseRegistryFlags } from '../flags/registry.js';
import { checkCidFile, writeCidFile } from '../flags/cidfile.js';
import { runInForeground } from '../foreground.js';
import { inPod } from '../pod/of-container.js';
import { pullForContainer } from '../pull-image.js';
import { withRuntime } from '../runtime.js';
import { warnOfMissingTerminal } from '../terminal.js';

interface RunFlags extends CreateFlags {
  readonly detach?: boolean;
  readonly sigProxy?: boolean;
  readonly detachKeys?: string;
}

/** `run`: podman-run(1). */
export function define(command: PodmanCommand): void {
  addCreateFlags(command);
  command
    .option('-d, --detach', 'run in the background and print the ID')
    .option('--detach-keys <keys>', 'the keys that leave the container to itself: ctrl-p,ctrl-q')
    .option('--sig-proxy', 'pass signals on to the container (default true)')
    .action(async (words: string[]) => {
      const flags = command.opts<RunFlags>();
      const options = parseCreateOptions(flags, words);
      const registry = parseRegistryFlags(flags);
      const ready = (runtime: Runtime) => pullForContainer(runtime, options, registry);
      checkCidFile(flags.cidfile);
      warnOfMissingTerminal(flags);
      command.program.exitCode = await withRuntime(
        command,
        async (runtime) => {
          if (flags.dryRun) {
            process.stdout.write(await runtime.dryRun(await ready(runtime)));
            return 0;
          }
          const container = await inPod(runtime, flags, await ready(runtime), (inside) =>
            runtime.createContainer(inside),
          );
          try {
            writeCidFile(flags.cidfile, container.id);
            if (!flags.detach) return await runInForeground(container, { ...flags, throwaway: flags.rm });
            await container.start();
            process.stdout.write(`${container.id}\n`);
            return 0;
          } catch (error) {
            // What never ran would not remove itself; what did is gone or going.
            if (flags.rm) await container.remove({ force: true, timeout: 0 });
            throw error;
          }
        },
        flags.cgroupParent,
      );
    });
}
