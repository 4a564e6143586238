import { createInterface } from 'node:readline/promises';
import type { PodmanCommand } from '../command.js';
import { withRuntime } from '../runtime.js';

/** `image prune`: podman-image-prune(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options]')
    .option('-a, --all', 'also images with names, if no container uses them')
    .option('-f, --force', 'do not ask')
    .action(async () => {
      const { all, force } = command.opts<{ all?: boolean; force?: boolean }>();
      if (!force && !(await agreed(all))) return;
      await withRuntime(command, async (runtime) => {
        const { deleted } = await runtime.images.prune({ all });
        process.stdout.write(deleted.map((id) => `${id}\n`).join(''));
      });
    });
}

async function agreed(all: boolean | undefined): Promise<boolean> {
  const what = all ? 'images without at least one container associated to them' : 'dangling images';
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await asking.question(
      `WARNING! This command removes all ${what}.\nAre you sure you want to continue? [y/N] `,
    );
    return /^y/i.test(answer);
  } finally {
    asking.close();
  }
}
