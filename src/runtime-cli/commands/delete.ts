import { deleteContainer } from '../../bundles/delete.js';
import { command, containerOf } from '../command.js';

export const definition = command({
  flags: {
    force: { type: 'boolean', short: 'f', about: 'kill it if it runs; one that is not there is fine' },
  },
  words: 'CONTAINER-ID',
  async run({ force = false }, words, globals) {
    await deleteContainer(containerOf(words, globals), force, globals.warn);
    return 0;
  },
});
