import { stateOf } from '../../bundles/state.js';
import { command, containerOf } from '../command.js';
import { writeOut } from '../write-out.js';

export const definition = command({
  flags: {},
  words: 'CONTAINER-ID',
  async run(_values, words, globals) {
    writeOut(JSON.stringify(await stateOf(containerOf(words, globals)), undefined, 2));
    return 0;
  },
});
