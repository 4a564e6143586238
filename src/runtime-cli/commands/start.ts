import { startContainer } from '../../bundles/start.js';
import { command, containerOf } from '../command.js';

export const definition = command({
  flags: {},
  words: 'CONTAINER-ID',
  async run(_values, words, globals) {
    await startContainer(containerOf(words, globals));
    return 0;
  },
});
