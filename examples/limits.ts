/** Limits, a read-only root and a time limit for something that is not trusted; and what the launch would do, dry. */
import { Runtime, type CreateOptions } from 'libpod';

await using runtime = await Runtime.open({
  root: process.env['LIBPOD_ROOT'],
  runRoot: process.env['LIBPOD_RUNROOT'],
});

const options: CreateOptions = {
  hostRoot: true,
  readOnlyRootfs: true,
  remove: true,
  command: ['sh', '-c', 'while true; do :; done'],
  resources: { memory: 64 * 1024 * 1024, pidsLimit: 16 },
  namespaces: { network: 'private' },
  user: '65534:65534',
  capDrop: ['ALL'],
  noNewPrivileges: true,
};
const program = await runtime.dryRun(options);
console.log(
  program
    .split('\n')
    .filter((line) => /^ {2}(user|capabilities|no-new-privileges)/.test(line))
    .join('\n'),
);

const container = await runtime.createContainer(options);
await container.start();
try {
  await container.wait({ signal: AbortSignal.timeout(500) });
} catch {
  console.log('it took too long');
  await container.stop({ timeout: 0 });
}
console.log(`exit code ${(await container.wait()).exitCode}`);
