import { writeFileSync } from 'node:fs';
import type { ManifestFormat, PushOptions, Runtime } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { addRegistryFlags, parseRegistryFlags, type RegistryFlags } from '../flags/registry.js';
import { parseWhole } from '../flags/values.js';
import { parseImagePlace, type ImagePlace } from '../image-place.js';
import { writeArchive } from '../output/archive-file.js';
import { showTransfer } from '../output/transfer.js';
import { withRuntime } from '../runtime.js';

interface PushFlags extends RegistryFlags {
  readonly compress?: boolean;
  readonly compressionFormat?: string;
  readonly compressionLevel?: string;
  readonly digestfile?: string;
  readonly format?: string;
  readonly quiet?: boolean;
}

function parseFormat(format: string | undefined): ManifestFormat | undefined {
  if (format === undefined || format === 'oci' || format === 'v2s2') return format;
  throw new UsageError(`unknown format ${JSON.stringify(format)}: choose oci or v2s2`);
}

function parseCompression({
  compressionFormat: format,
  compressionLevel: level,
}: PushFlags): Pick<PushOptions, 'compression' | 'compressionLevel'> {
  if (format !== undefined && format !== 'gzip' && format !== 'zstd')
    throw new UsageError(
      `--compression-format ${JSON.stringify(format)} is not supported: choose gzip or zstd`,
    );
  return {
    compression: format ?? (level === undefined ? undefined : 'gzip'),
    compressionLevel: level === undefined ? undefined : parseWhole('compression-level', level),
  };
}

/** Brings an image to files, in the form of their transport. @returns the digest of its manifest */
async function pushToFiles(
  { images }: Runtime,
  image: string,
  place: Exclude<ImagePlace, { transport: 'docker' }>,
  { compress, compressionFormat, compressionLevel, digestfile, format }: PushFlags,
): Promise<void> {
  const { transport, path, name: as } = place;
  const isDocker = transport === 'dir' || transport === 'docker-archive';
  if (format !== undefined && (format === 'v2s2') !== isDocker)
    throw new UsageError(`what ${transport}: is written in has no manifest of the format ${format}`);
  if (compressionFormat !== undefined || compressionLevel !== undefined)
    throw new UsageError(
      `--compression-format and --compression-level are for registries, not for ${transport}:`,
    );
  if (digestfile !== undefined)
    throw new UsageError(
      `--digestfile is for registries: there is no digest of what ${transport}: is written in`,
    );
  if (transport === 'dir') await images.saveDirectory(image, path, { format: 'docker-dir', compress });
  else if (transport === 'oci') await images.saveDirectory(image, path, { as });
  else await writeArchive(await images.save(image, { format: transport, as }), path);
}

/** Brings an image to a registry. */
async function pushToRegistry(
  { images }: Runtime,
  image: string,
  destination: string | undefined,
  options: PushOptions,
  { digestfile, quiet }: PushFlags,
): Promise<void> {
  const transfer = images.push(image, destination, options);
  const { digest } = await (quiet ? transfer : showTransfer(transfer, process.stderr));
  if (digestfile !== undefined) writeFileSync(digestfile, digest);
}

/** `push`: podman-push(1). */
export function define(command: PodmanCommand): void {
  addRegistryFlags(command);
  command
    .usage('[options] IMAGE [DESTINATION]')
    .argument('<image>')
    .argument('[destination]')
    .option('--compress', 'compress layers that are not compressed by gzip: for dir:')
    .option('--compression-format <format>', 'compress layers that are not compressed so: gzip or zstd')
    .option('--compression-level <level>', '1 to 9 of gzip, 1 to 20 of zstd')
    .option('--digestfile <file>', 'write the digest of the manifest to a file')
    .option('--disable-content-trust', "docker's, and without meaning")
    .option('-f, --format <format>', 'the form of the manifest: oci or v2s2 (default that of the image)')
    .option('-q, --quiet', 'say nothing')
    .option('--remove-signatures', 'push no signatures, of which the store has none')
    .action(async (image: string, destination: string | undefined) => {
      const flags = command.opts<PushFlags>();
      const { platform: _none, ...registry } = parseRegistryFlags(flags);
      const options = { ...registry, format: parseFormat(flags.format), ...parseCompression(flags) };
      const place = destination === undefined ? undefined : parseImagePlace(destination);
      if (flags.compress && place?.transport !== 'dir')
        throw new UsageError(
          '--compress can be set only when pushing to a directory using the "dir" transport',
        );
      await withRuntime(command, async (runtime) => {
        if (place === undefined || place.transport === 'docker')
          await pushToRegistry(runtime, image, place?.name, options, flags);
        else await pushToFiles(runtime, image, place, flags);
        if (!flags.quiet) process.stderr.write('Writing manifest to image destination\n');
      });
    });
}
