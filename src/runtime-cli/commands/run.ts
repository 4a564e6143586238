import { runContainer } from '../../bundles/run.js';
import { command, containerOf } from '../command.js';
import { proxySignals } from '../signals.js';
import { LAUNCH_FLAGS, launchOptions } from './launch-flags.js';

export const definition = command({
  flags: {
    ...LAUNCH_FLAGS,
    detach: { type: 'boolean', short: 'd', about: 'leave the container alone as soon as it runs' },
    keep: { type: 'boolean', about: 'keep what is left of the container when it has ended' },
  },
  words: 'CONTAINER-ID',
  run: (values, words, globals) =>
    runContainer(containerOf(words, globals), {
      ...launchOptions(values, globals),
      detach: values.detach === true,
      keep: values.keep === true,
      whileRunning: proxySignals,
      warn: globals.warn,
    }),
});
