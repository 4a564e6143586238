import { createContainer } from '../../bundles/create.js';
import { command, containerOf } from '../command.js';
import { LAUNCH_FLAGS, launchOptions } from './launch-flags.js';

export const definition = command({
  flags: LAUNCH_FLAGS,
  words: 'CONTAINER-ID',
  async run(values, words, globals) {
    const created = await createContainer(containerOf(words, globals), launchOptions(values, globals));
    await created.leave();
    return 0;
  },
});
