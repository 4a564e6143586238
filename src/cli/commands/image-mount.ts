import type { ImageSummary } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { formatTable } from '../output/table.js';
import { withRuntime } from '../runtime.js';

interface Mounted {
  readonly image: ImageSummary;
  readonly mountpoint: string;
}

/** The fields of podman-image-mount(1), --format json. */
function jsonOf({ image: { id, digest, names }, mountpoint }: Mounted): object {
  return { id, Names: [digest], Repositories: names, mountpoint };
}

/** `image mount`: podman-image-mount(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] [IMAGE...]')
    .argument('[images...]')
    .option('-a, --all', 'mount all images')
    .option('--format <format>', 'print the mounted images as json')
    .action(async (names: string[]) => {
      const { all, format } = command.opts<{ all?: boolean; format?: string }>();
      if (all && names.length > 0)
        throw new UsageError('when using the --all switch, you may not pass any image names or IDs');
      if (format !== undefined && format !== 'json')
        throw new UsageError(`unknown --format argument: ${JSON.stringify(format)}: give json`);
      await withRuntime(command, async ({ images }) => {
        const known = await images.list();
        const mounted: Mounted[] = [];
        if (all || names.length > 0) {
          // All are looked up before the first is mounted.
          const chosen = all ? known : await Promise.all(names.map((name) => images.find(name)));
          for (const image of chosen) mounted.push({ image, mountpoint: await images.mount(image.id) });
        } else {
          for (const { id, mountpoint } of images.mounts()) {
            const image = known.find((one) => one.id === id);
            if (image !== undefined) mounted.push({ image, mountpoint });
          }
        }
        if (format === 'json') process.stdout.write(`${JSON.stringify(mounted.map(jsonOf), null, ' ')}\n`);
        else if (names.length === 1) process.stdout.write(`${mounted[0]?.mountpoint ?? ''}\n`);
        else
          process.stdout.write(
            formatTable(mounted.map(({ image, mountpoint }) => [image.names[0] ?? image.id, mountpoint])),
          );
      });
    });
}
