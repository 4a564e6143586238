import type { ContainerSummary } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { splitOnce } from '../command.js';
import { confirm } from '../confirm.js';
import { Failures } from '../each.js';
import { UsageError } from '../errors.js';
import { byAge, byLabel, byOtherLabel } from '../filters.js';
import { collect } from '../flags/values.js';
import { withRuntime } from '../runtime.js';

type Filter = (container: ContainerSummary) => boolean;

/** A filter of podman-container-prune(1): `label=KEY[=VALUE]`, `label!=...` or `until=TIME`. */
export function containerPruneFilter(word: string): Filter {
  const [name, value] = splitOnce(word, '=');
  if (value === undefined) throw new UsageError(`invalid filter ${JSON.stringify(word)}: write NAME=VALUE`);
  if (name === 'until') return byAge(value);
  if (name === 'label') return byLabel(value);
  if (name === 'label!') return byOtherLabel(value);
  throw new UsageError(`${name} is an invalid filter`);
}

const WARNING = 'WARNING! This will remove all non running containers.';

/** `container prune`: podman-container-prune(1). Prints the IDs of those that are gone. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options]')
    .option('-f, --force', 'do not ask')
    .option('--filter <name=value>', 'label=, label!= or until=', collect)
    .action(async () => {
      const { force, filter = [] } = command.opts<{ force?: boolean; filter?: readonly string[] }>();
      const filters = filter.map(containerPruneFilter);
      if (force !== true && !(await confirm(WARNING))) return;
      await withRuntime(command, async (runtime) => {
        const { removed, failed } = await runtime.prune(...filters);
        process.stdout.write(removed.map((id) => `${id}\n`).join(''));
        const failures = new Failures();
        for (const { error } of failed) failures.add(error);
        failures.raise();
      });
    });
}
