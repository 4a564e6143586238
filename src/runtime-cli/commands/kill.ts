import { signalContainer } from '../../bundles/signal.js';
import { signalNumber } from '../../linux/processes/signals.js';
import { usage } from '../arguments.js';
import { command, containerOf } from '../command.js';

export const definition = command({
  flags: {
    all: { type: 'boolean', short: 'a', about: 'send it to all processes of the container' },
  },
  words: 'CONTAINER-ID [SIGNAL]',
  async run({ all = false }, words, globals) {
    const [id, signal = 'SIGTERM', ...more] = words;
    if (more.length > 0) throw usage(`too many arguments: ${more.join(' ')}`);
    const files = containerOf(id === undefined ? [] : [id], globals);
    await signalContainer(files, signalNumber(signal), all);
    return 0;
  },
});
