import { writeFileSync } from 'node:fs';
import type { ManifestFormat } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { addRegistryFlags, parseRegistryFlags, type RegistryFlags } from '../flags/registry.js';
import { showTransfer } from '../output/transfer.js';
import { withRuntime } from '../runtime.js';

interface PushFlags extends RegistryFlags {
  readonly quiet?: boolean;
  readonly digestfile?: string;
  readonly format?: string;
}

function parseFormat(format: string | undefined): ManifestFormat | undefined {
  if (format === undefined || format === 'oci' || format === 'v2s2') return format;
  throw new UsageError(`unknown format ${JSON.stringify(format)}: choose oci or v2s2`);
}

/** `push`: podman-push(1). */
export function define(command: PodmanCommand): void {
  addRegistryFlags(command);
  command
    .usage('[options] IMAGE [DESTINATION]')
    .argument('<image>')
    .argument('[destination]')
    .option('--digestfile <file>', 'write the digest of the manifest to a file')
    .option('-f, --format <format>', 'the form of the manifest: oci or v2s2 (default that of the image)')
    .option('-q, --quiet', 'say nothing')
    .action(async (image: string, destination: string | undefined) => {
      const flags = command.opts<PushFlags>();
      const { platform: _none, ...registry } = parseRegistryFlags(flags);
      const options = { ...registry, format: parseFormat(flags.format) };
      await withRuntime(command, async ({ images }) => {
        const transfer = images.push(image, destination, options);
        const { digest } = await (flags.quiet ? transfer : showTransfer(transfer, process.stderr));
        if (!flags.quiet) process.stderr.write('Writing manifest to image destination\n');
        if (flags.digestfile !== undefined) writeFileSync(flags.digestfile, digest);
      });
    });
}
