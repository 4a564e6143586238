import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { writeArchive } from '../output/archive-file.js';
import { withRuntime } from '../runtime.js';

const FORMATS = ['docker-archive', 'docker-dir', 'oci-archive', 'oci-dir'] as const;

interface SaveFlags {
  readonly compress?: boolean;
  readonly format: (typeof FORMATS)[number];
  readonly multiImageArchive?: boolean;
  readonly output?: string;
  readonly quiet?: boolean;
}

/** `save`: podman-save(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] IMAGE [IMAGE...]')
    .argument('<images...>')
    .option('--compress', 'compress layers that are not, by gzip: for docker-dir')
    .option('--format <format>', `one of ${FORMATS.join(', ')}`, 'docker-archive')
    .option('-m, --multi-image-archive', 'more arguments are images, and not names for the first')
    .option('-o, --output <file>', 'write to a file; else to stdout, which must not be a terminal')
    .option('-q, --quiet', 'say nothing')
    .option('--uncompressed', 'take layers that are not compressed as they are, which is the default')
    .action(async (names: string[]) => {
      const { compress, format, multiImageArchive, output } = command.opts<SaveFlags>();
      if (!FORMATS.includes(format))
        throw new UsageError(`unknown format ${JSON.stringify(format)}: choose one of ${FORMATS.join(', ')}`);
      if (compress && format !== 'docker-dir')
        throw new UsageError("--compress can only be set when --format is 'docker-dir'");
      if (output === undefined && process.stdout.isTTY)
        throw new UsageError('refusing to save to terminal. Use -o flag or redirect');
      const [images, tags] = multiImageArchive ? [names, []] : [names.slice(0, 1), names.slice(1)];
      await withRuntime(command, async (runtime) => {
        if (format === 'oci-dir' || format === 'docker-dir') {
          if (output === undefined)
            throw new UsageError(`--format ${format} needs a directory: give --output`);
          return runtime.images.saveDirectory(images, output, { format, tags, compress });
        }
        const archive = await runtime.images.save(images, { format, tags });
        return writeArchive(archive, output);
      });
    });
}
