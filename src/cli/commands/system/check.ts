import type { SystemCheckReport } from '../../../index.js';
import type { PodmanCommand } from '../../command.js';
import { UsageError } from '../../errors.js';
import { printable } from '../../output/printable.js';
import { withRuntime } from '../../runtime.js';

/** Prints what was found, and what became of it. */
function print(report: SystemCheckReport): void {
  const lines: string[] = [];
  for (const [kind, found] of [
    ['file', report.files],
    ['layer', report.layers],
    ['image', report.images],
    ['container', report.containers],
  ] as const)
    for (const [id, problems] of Object.entries(found))
      lines.push(`Damaged ${kind} ${id}:`, ...problems.map((problem) => `\t${printable(problem)}`));
  for (const [file, what] of Object.entries(report.mendedFiles)) lines.push(`Mended file ${file}: ${what}`);
  for (const [id, names] of Object.entries(report.foundImages)) {
    const told =
      names.length === 0 ? 'name it' : `a container was made of it as ${names.join(', ')}: name it so`;
    lines.push(printable(`Found image ${id}: ${told} by libpod tag`));
  }
  for (const id of report.mendedLayers) lines.push(`Unpacked damaged layer anew: ${id}`);
  for (const id of report.removedImages) lines.push(`Deleted damaged image: ${id}`);
  for (const id of report.removedContainers) lines.push(`Deleted damaged container: ${id}`);
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

/** `system check`: podman-system-check(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options]')
    .option('-q, --quick', 'do not read contents')
    .option('-r, --repair', 'unpack damaged layers anew, and remove damaged images')
    .option('-f, --force', 'repair, and remove the containers that use damaged images too')
    .action(async () => {
      const { quick, repair, force } = command.opts<{ quick?: boolean; repair?: boolean; force?: boolean }>();
      const mends = repair === true || force === true;
      await withRuntime(command, async (runtime) => {
        const report = await runtime.checkSystem({ quick, repair: mends, force });
        print(report);
        if (!report.errors) return;
        if (!mends) throw new UsageError('damage detected in local storage');
        if ((await runtime.checkSystem({ quick })).errors)
          throw new UsageError('damage in local storage still present after repair attempt');
      });
    });
}
