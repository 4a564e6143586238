import { stateOf, type ContainerState } from '../../bundles/state.js';
import { containerIds, ContainerFiles } from '../../bundles/state-directory.js';
import { LibpodError } from '../../base/errors.js';
import { usage } from '../arguments.js';
import { command } from '../command.js';
import { table } from '../table.js';
import { writeOut } from '../write-out.js';

/** The states of all containers beneath a root; one that goes meanwhile is left out, and `warn` told of what cannot be read. */
async function states(root: string, warn: (error: unknown) => void): Promise<ContainerState[]> {
  const found = await Promise.all(
    containerIds(root).map(async (id) => {
      try {
        return [await stateOf(new ContainerFiles(root, id))];
      } catch (error) {
        if (!LibpodError.is(error, 'ERR_NO_SUCH_CONTAINER')) warn(error);
        return [];
      }
    }),
  );
  return found.flat();
}

const COLUMNS = ['ID', 'PID', 'STATUS', 'BUNDLE', 'CREATED', 'OWNER'];

export const definition = command({
  flags: {
    format: { type: 'string', short: 'f', about: 'table or json' },
    quiet: { type: 'boolean', short: 'q', about: 'IDs alone' },
  },
  words: '',
  async run({ format = 'table', quiet = false }, words, { root, warn }) {
    if (words.length > 0) throw usage(`too many arguments: ${words.join(' ')}`);
    if (format !== 'table' && format !== 'json')
      throw usage(`invalid format ${JSON.stringify(format)}: give table or json`);
    if (quiet) {
      for (const id of containerIds(root)) writeOut(id);
      return 0;
    }
    const all = await states(root, warn);
    if (format === 'json') writeOut(JSON.stringify(all));
    else
      writeOut(
        table([
          COLUMNS,
          ...all.map(({ id, pid, status, bundle, created, owner }) => [
            id,
            String(pid),
            status,
            bundle,
            created,
            owner,
          ]),
        ]),
      );
    return 0;
  },
});
