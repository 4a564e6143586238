import { createInterface } from 'node:readline/promises';
import type { PodmanCommand } from '../../command.js';
import { Failures } from '../../each.js';
import { withRuntime } from '../../runtime.js';

async function confirm(): Promise<boolean> {
  process.stdout.write('WARNING! This will remove all stopped/exited pods..\n');
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await prompt.question('Are you sure you want to continue? [y/N] ');
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}

/** `pod prune`: podman-pod-prune(1). Prints the IDs of those that are gone. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options]')
    .option('-f, --force', 'do not ask')
    .action(async () => {
      const { force } = command.opts<{ force?: boolean }>();
      if (force !== true && !(await confirm())) return;
      await withRuntime(command, async (runtime) => {
        const { removed, failed } = await runtime.prunePods();
        process.stdout.write(removed.map((id) => `${id}\n`).join(''));
        const failures = new Failures();
        for (const { error } of failed) failures.add(error);
        failures.raise();
      });
    });
}
