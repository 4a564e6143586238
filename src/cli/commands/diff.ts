import type { RootChange } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { printable } from '../output/printable.js';
import { withRuntime } from '../runtime.js';
import { latestOrNames } from '../select.js';

const LETTERS = { added: 'A', changed: 'C', deleted: 'D' } as const;

/** podman's indentation of JSON here. */
const INDENT = '     ';

/** Paths by what became of them; a kind that there is none of is left out. */
function byKind(changes: readonly RootChange[]): Record<string, string[]> {
  const kinds = ['changed', 'added', 'deleted'] as const;
  const found = kinds.map(
    (wanted) => [wanted, changes.flatMap(({ kind, path }) => (kind === wanted ? path : []))] as const,
  );
  return Object.fromEntries(found.filter(([, paths]) => paths.length > 0));
}

/** `diff`: podman-diff(1), for containers. */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] CONTAINER')
    .argument('[containers...]')
    .option('--format <format>', 'json')
    .option('-l, --latest', 'the container that was created last')
    .action(async (names: string[]) => {
      const { format, latest } = command.opts<{ format?: string; latest?: boolean }>();
      if (format !== undefined && format !== 'json')
        throw new UsageError("only supported value for '--format' is 'json'");
      if (!latest && names.length === 0)
        throw new UsageError('"libpod diff" requires a name, id, or the "--latest" flag');
      if (names.length > 1) throw new UsageError('a container is compared with its own root alone: give one');
      await withRuntime(command, async (runtime) => {
        const [name = ''] = await latestOrNames(runtime, names, latest);
        const changes = await runtime.lookupContainer(name).diff();
        if (format === 'json') process.stdout.write(`${JSON.stringify(byKind(changes), null, INDENT)}\n`);
        else
          for (const { kind, path } of changes) process.stdout.write(`${LETTERS[kind]} ${printable(path)}\n`);
      });
    });
}
