/** A throwaway container as a filter: its stdin, stdout and exit code in hand; nothing is written to the store's root. */
import { text } from 'node:stream/consumers';
import { Runtime } from 'libpod';

await using runtime = await Runtime.open({
  root: process.env['LIBPOD_ROOT'],
  runRoot: process.env['LIBPOD_RUNROOT'],
});

const container = await runtime.createContainer({
  hostRoot: true,
  remove: true,
  stdin: true,
  logDriver: 'none',
  command: ['sort', '-u'],
});
const { stdin, stdout, stderr } = await container.startAndAttach();
stdin?.end('pear\napple\npear\n');
const [sorted, errors, { exitCode }] = await Promise.all([text(stdout), text(stderr), container.wait()]);
console.log(JSON.stringify({ sorted, errors, exitCode }));
