import { pauseContainer } from '../../bundles/pause.js';
import { command, containerOf } from '../command.js';

export const definition = command({
  flags: {},
  words: 'CONTAINER-ID',
  async run(_values, words, globals) {
    await pauseContainer(containerOf(words, globals));
    return 0;
  },
});
