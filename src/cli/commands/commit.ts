import { writeFileSync } from 'node:fs';
import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { collect } from '../flags/values.js';
import { withRuntime } from '../runtime.js';

interface CommitFlags {
  readonly author?: string;
  readonly change?: string[];
  readonly format: string;
  readonly iidfile?: string;
  readonly includeVolumes?: boolean;
  readonly message?: string;
  readonly pause?: boolean;
  readonly quiet?: boolean;
  readonly squash?: boolean;
}

/** `commit`: podman-commit(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] CONTAINER [IMAGE]')
    .argument('<container>')
    .argument('[image]')
    .option('-a, --author <author>', 'the author of the image')
    .option('-c, --change <instruction>', 'change the image by an instruction of a Containerfile', collect)
    .option('-f, --format <format>', 'the form of the manifest: oci or docker', 'oci')
    .option('--iidfile <file>', 'write the ID of the image to a file')
    .option('--include-volumes', 'volumes of the container become volumes of the image')
    .option('-m, --message <text>', 'a comment in the history of the image')
    .option('-p, --pause', 'pause the container meanwhile')
    .option('-q, --quiet', 'say nothing but the ID')
    .option('-s, --squash', 'all of the root as a single layer')
    .action(async (container: string, name: string | undefined) => {
      const { author, change, format, iidfile, includeVolumes, message, pause, squash } =
        command.opts<CommitFlags>();
      if (format !== 'oci' && format !== 'docker')
        throw new UsageError(`unrecognized image format ${JSON.stringify(format)}: choose oci or docker`);
      await withRuntime(command, async ({ images }) => {
        const { id } = await images.commit(container, {
          ...{ author, changes: change, includeVolumes, message, name, pause, squash },
          format: format === 'docker' ? 'v2s2' : 'oci',
        });
        if (iidfile !== undefined) writeFileSync(iidfile, id);
        process.stdout.write(`${id}\n`);
      });
    });
}
