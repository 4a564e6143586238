/** A program that nobody trusts, run in one call: limits, a time, input, an answer; and nothing of it left. */
import { Runtime } from 'libpod';

await using runtime = await Runtime.open({
  root: process.env['LIBPOD_ROOT'],
  runRoot: process.env['LIBPOD_RUNROOT'],
});

const sandbox = { hostRoot: true, user: '65534:65534', resources: { memory: 64 * 1024 ** 2, pidsLimit: 20 } };

const sorted = await runtime.run({ ...sandbox, command: ['sort'], input: 'pear\napple\n' });
console.log(sorted.stdout.trimEnd().split('\n'));

const stuck = await runtime.run({ ...sandbox, command: ['sleep', '1000'], timeout: 0.5 });
console.log(`timed out: ${stuck.timedOut}`);

console.log(`containers left: ${(await runtime.containers()).length}`);
