import { resumeContainer } from '../../bundles/pause.js';
import { command, containerOf } from '../command.js';

export const definition = command({
  flags: {},
  words: 'CONTAINER-ID',
  async run(_values, words, globals) {
    await resumeContainer(containerOf(words, globals));
    return 0;
  },
});
