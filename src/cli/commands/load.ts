import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { readImageArchive } from '../image-place.js';
import { naming } from '../output/archive-file.js';
import { showTransfer } from '../output/transfer.js';
import { withRuntime } from '../runtime.js';

interface LoadFlags {
  readonly input?: string;
  readonly quiet?: boolean;
}

/** `load`: podman-load(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options]')
    .option('-i, --input <file>', 'an archive, or the directory of an image layout; else stdin')
    .option('-q, --quiet', 'tell only what was loaded')
    .action(async () => {
      const { input, quiet } = command.opts<LoadFlags>();
      if (input === undefined && process.stdin.isTTY)
        throw new UsageError('cannot read from terminal. Use command-line redirection or the --input flag');
      await withRuntime(command, async ({ images }) => {
        const archive = input === undefined ? process.stdin : await readImageArchive(input);
        const transfer = images.load(archive as AsyncIterable<Buffer>);
        const loaded = await naming(input, quiet ? transfer : showTransfer(transfer, process.stderr));
        for (const { id, names } of loaded)
          process.stdout.write(`Loaded image: ${names.length === 0 ? `sha256:${id}` : names.join(',')}\n`);
      });
    });
}
