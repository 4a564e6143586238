/** A container from the host's own /usr: created, started, waited for, its output read, removed. */
import { Runtime } from 'libpod';

await using runtime = await Runtime.open({
  root: process.env['LIBPOD_ROOT'],
  runRoot: process.env['LIBPOD_RUNROOT'],
});

const container = await runtime.createContainer({
  hostRoot: true,
  command: ['sh', '-c', 'echo "hello from $(hostname)"; echo "and an error" >&2; exit 3'],
});
try {
  await container.start();
  const { exitCode } = await container.wait();
  for await (const { stream, data } of container.logs())
    console.log(`${stream}: ${data.toString().trimEnd()}`);
  console.log(`exit code ${exitCode}`);
} finally {
  await container.remove({ force: true });
}
