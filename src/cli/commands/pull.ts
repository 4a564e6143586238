import type { PullOptions, Runtime } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import {
  addPlatformFlags,
  addRegistryFlags,
  parseRegistryFlags,
  type RegistryFlags,
} from '../flags/registry.js';
import { parseImagePlace, readImageArchive, type ImagePlace } from '../image-place.js';
import { UsageError } from '../errors.js';
import { showTransfer } from '../output/transfer.js';
import { pullImage } from '../pull-image.js';
import { withRuntime } from '../runtime.js';

interface PullFlags extends RegistryFlags {
  readonly allTags?: boolean;
  readonly quiet?: boolean;
}

/** Brings what one argument names. @returns the IDs of the images as they are here */
async function* pullPlace(
  runtime: Runtime,
  written: string,
  place: ImagePlace,
  options: PullOptions,
  { allTags, quiet }: PullFlags,
): AsyncGenerator<string, void, void> {
  if (place.transport === 'docker') {
    if (!allTags) return yield await pullImage(runtime, place.name, options, quiet);
    const { name, tags } = await runtime.images.tags(place.name, options);
    for (const tag of tags) yield await pullImage(runtime, `${name}:${tag}`, options, quiet);
    return;
  }
  if (allTags) throw new UsageError('--all-tags is for repositories at registries');
  if (!quiet) process.stderr.write(`Trying to pull ${written}...\n`);
  const transfer = runtime.images.load(await readImageArchive(place.path), { only: place.name });
  for (const { id } of await (quiet ? transfer : showTransfer(transfer, process.stderr))) yield id;
}

/** `pull`: podman-pull(1). */
export function define(command: PodmanCommand): void {
  addRegistryFlags(command);
  addPlatformFlags(command);
  command
    .usage('[options] IMAGE [IMAGE...]')
    .argument('<images...>')
    .option('-a, --all-tags', 'all images of the repository')
    .option('--disable-content-trust', "docker's, and without meaning")
    .option('-q, --quiet', 'print the ID alone')
    .action(async (names: string[]) => {
      const flags = command.opts<PullFlags>();
      const options = parseRegistryFlags(flags);
      const places = names.map((name) => ({ name, place: parseImagePlace(name) }));
      await withRuntime(command, async (runtime) => {
        for (const { name, place } of places)
          for await (const id of pullPlace(runtime, name, place, options, flags))
            process.stdout.write(`${id}\n`);
      });
    });
}
