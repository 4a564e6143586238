import type { Runtime } from '../../index.js';
import { LibpodError } from '../../base/errors.js';
import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { addCreateFlags, parseCreateOptions, type CreateFlags } from '../flags/create.js';
import { parseRegistryFlags } from '../flags/registry.js';
import { checkCidFile } from '../flags/cidfile.js';
import { addDetachKeysFlag, type DetachKeysFlag } from '../flags/detach-keys.js';
import {
  addPassedDescriptorFlags,
  passedDescriptors,
  type PassedDescriptorFlags,
} from '../flags/passed-descriptors.js';
import { collect } from '../flags/values.js';
import { runInForeground, type Standard } from '../foreground.js';
import { makeContainer } from '../new-container.js';
import { pullForContainer } from '../pull-image.js';
import { withRuntime } from '../runtime.js';
import { warnOfMissingTerminal } from '../terminal.js';

interface RunFlags extends CreateFlags, PassedDescriptorFlags, DetachKeysFlag {
  readonly attach?: readonly string[];
  readonly rmi?: boolean;
  readonly detach?: boolean;
  readonly sigProxy?: boolean;
}

function parseStandard(text: string): Standard {
  const name = text.toLowerCase();
  if (name === 'stdin' || name === 'stdout' || name === 'stderr') return name;
  throw new UsageError(`invalid stream ${JSON.stringify(text)} for --attach: write stdin, stdout or stderr`);
}

/** Removes the image of a container that is gone, unless others use it: podman-run(1), --rmi. */
async function removeImage(runtime: Runtime, name: string): Promise<void> {
  try {
    await runtime.images.remove(name);
  } catch (error) {
    if (!LibpodError.is(error, 'ERR_IMAGE_IN_USE')) throw error;
    process.stderr.write(`the image is not removed: ${error.message}\n`);
  }
}

/** `run`: podman-run(1). */
export function define(command: PodmanCommand): void {
  addCreateFlags(command);
  addPassedDescriptorFlags(command);
  addDetachKeysFlag(command, 'container');
  command
    .option('-a, --attach <stream>', 'attach stdin, stdout or stderr alone', collect)
    .option('--rmi', 'with the container, remove its image unless others use it')
    .option('-d, --detach', 'run in the background and print the ID')
    .option('--sig-proxy', 'pass signals on to the container (default true)')
    .action(async (words: string[]) => {
      const given = command.opts<RunFlags>();
      if (given.detach && (given.attach ?? given.rmi) !== undefined)
        throw new UsageError(
          `--detach cannot be used with ${given.attach ? '--attach' : '--rmi'}: nobody stays`,
        );
      const attached = given.attach?.map(parseStandard);
      const flags = given.rmi ? { ...given, rm: true } : given;
      const options = parseCreateOptions(flags, words);
      const registry = parseRegistryFlags(flags);
      const ready = (runtime: Runtime) => pullForContainer(runtime, options, registry, flags.quiet);
      const preserveFds = passedDescriptors(flags);
      checkCidFile(flags.cidfile);
      warnOfMissingTerminal(flags);
      command.program.exitCode = await withRuntime(
        command,
        async (runtime) => {
          if (flags.dryRun) {
            process.stdout.write(await runtime.dryRun(await ready(runtime)));
            return 0;
          }
          const container = await makeContainer(runtime, flags, await ready(runtime));
          try {
            if (!flags.detach) {
              const code = await runInForeground(container, {
                ...flags,
                attached,
                preserveFds,
                throwaway: flags.rm,
              });
              if (flags.rmi && options.image !== undefined) {
                // Its end is told before it has gone, and until then it keeps its image.
                await container.remove({ force: true, timeout: 0 });
                await removeImage(runtime, options.image);
              }
              return code;
            }
            await container.start({ preserveFds });
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
