import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { EngineProcess } from '../support/engine-process.js';
import { killAtSteps, STEPS_TIMEOUT_MS } from '../support/killed-at-steps.js';
import { requires } from '../support/requires.js';
import { busyboxRoot } from '../support/rootfs.js';
import type { TestStore } from '../support/store.js';

/** Networks and a container in them, whole. */
const life = (rootfs: string): string => `
  const runtime = await Runtime.open(options);
  crash.during('create');
  await runtime.createNetwork({ name: 'home' });
  await runtime.createNetwork({ name: 'other' });
  const container = await runtime.createContainer({
    rootfs: ${JSON.stringify(rootfs)}, overlay: true, command: ['sleep', '1000'], name: 'lodger',
    networks: ['home'], ports: [{ containerPort: 80, hostPort: 8080 }],
  });
  crash.during('start');
  await container.start();
  crash.during('connect');
  await container.connect('other');
  crash.during('disconnect');
  await container.disconnect('home');
  crash.during('stop');
  await container.stop({ timeout: 0 });
  crash.during('remove');
  await container.remove();
  await runtime.removeNetwork('home');
  await runtime.removeNetwork('other');
  const counted = crash.counted();
  await runtime.close();
  say(counted);`;

/** What the next engine finds is used and taken away; nothing of it is left in the network namespace. */
const CHECK = `
  const { execFileSync } = await import('node:child_process');
  const run = (...words) => execFileSync(words[0], words.slice(1), { encoding: 'utf8' });
  const runtime = await Runtime.open(options);
  for (const { id } of await runtime.containers()) {
    const container = runtime.getContainer(id);
    // A stop that was cut short is gone on with.
    if (await container.state() === 'stopping') await container.stop({ timeout: 0 });
    if (await container.state() !== 'running') await container.start();
    const networks = Object.keys((await container.inspect()).NetworkSettings.Networks);
    const addresses = run('nsenter', '--net=/proc/' + await container.pid() + '/ns/net', '--', 'ip', '-4', '-o', 'addr', 'show', 'scope', 'global');
    const recorded = await container.ips();
    if (recorded.length !== networks.length || !recorded.every((one) => addresses.includes(one)))
      throw new Error('in ' + networks + ', recorded ' + recorded + ', and has ' + addresses);
    await container.remove({ force: true, timeout: 0 });
  }
  // Both names and the port are free.
  for (const name of ['home', 'other']) if (runtime.network(name) === undefined) await runtime.createNetwork({ name });
  const again = await runtime.createContainer({
    hostRoot: true, command: ['true'], networks: ['home', 'other'], ports: [{ containerPort: 80, hostPort: 8080 }],
  });
  await again.start();
  await again.wait();
  await again.remove();
  for (const name of ['home', 'other']) await runtime.removeNetwork(name);
  await runtime.close();
  // The kernel takes the interfaces of a namespace that has ended in its own time.
  const links = () => run('ip', '-o', 'link').trim().split('\\n').length;
  for (let look = 0; look < 400 && links() > 1; look++) await sleep(50);
  say({ links: links(), rules: run('nft', 'list', 'ruleset').includes('comment') });
  process.exit(0);`;

/** A network namespace with a loopback, which stands for the machine's own; it goes with its process. */
async function networkNamespace(): Promise<AsyncDisposable & { readonly through: readonly string[] }> {
  const holder = spawn('unshare', ['--net', '--', 'sh', '-c', 'ip link set lo up; echo; exec sleep 10000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  return {
    through: ['nsenter', `--net=/proc/${holder.pid}/ns/net`, '--'],
    async [Symbol.asyncDispose]() {
      holder.kill('SIGKILL');
      await once(holder, 'close');
    },
  };
}

describe.runIf(requires({ root: true, busybox: true, ip: true, nft: true }))(
  'an engine that is killed while it works on networks',
  () => {
    it(
      'leaves what the next engine understands, and nothing of it when that has removed it',
      async () => {
        await using machine = await networkNamespace();
        await killAtSteps({
          ...{ who: 'an engine with networks', steps: '9/97', moreThan: 80, through: machine.through },
          script: (store: TestStore) => life(busyboxRoot(store.makeDirectory('rootfs'))),
          check: async (store: TestStore) => {
            await using engine = new EngineProcess(store, CHECK, 'shared', { through: machine.through });
            expect(await engine.next()).toEqual({ links: 1, rules: false });
            await engine.ended;
          },
        });
      },
      STEPS_TIMEOUT_MS,
    );
  },
);
