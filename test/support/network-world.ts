import { execFileSync } from 'node:child_process';
import { EngineProcess } from './engine-process.js';
import { busyboxRoot } from './rootfs.js';
import type { TestStore } from './store.js';

/**
 * An engine in a network namespace of its own, which stands for a machine, and beside it another namespace that stands for
 * a machine of the same network: 192.0.2.1 and 192.0.2.2, fd00:2::1 and fd00:2::2 (RFC 5737). All goes with the processes.
 */
const WORLD = (rootfs: string): string => `
  import { spawn, execFileSync } from 'node:child_process';
  import { once } from 'node:events';
  const run = (...words) => execFileSync(words[0], words.slice(1), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  // It goes with this process, however that ends.
  const outside = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '--net', '--', 'sh', '-c', 'echo ready; exec sleep 1000'], { stdio: ['ignore', 'pipe', 'ignore'] });
  process.on('exit', () => outside.kill('SIGKILL'));
  await once(outside.stdout, 'data');
  const there = (...words) => run('nsenter', '--net=/proc/' + outside.pid + '/ns/net', '--', ...words);
  run('ip', 'link', 'set', 'lo', 'up');
  run('ip', 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'down0', 'netns', String(outside.pid));
  for (const [at, name, last] of [[run, 'up0', '1'], [there, 'down0', '2']]) {
    at('ip', 'addr', 'add', '192.0.2.' + last + '/24', 'dev', name);
    at('ip', 'addr', 'add', 'fd00:2::' + last + '/64', 'dev', name, 'nodad');
    at('ip', 'link', 'set', name, 'up');
  }
  there('ip', 'link', 'set', 'lo', 'up');
  const root = { rootfs: ${JSON.stringify(rootfs)}, overlay: true, stopTimeout: 0 };
  const web = ['httpd', '-f', '-p', '80', '-h', '/etc'];
  // busybox's wget looks names up, which a static program cannot.
  const request = (url) => {
    const { hostname, port, pathname } = new URL(url);
    return ['timeout', '3', 'bash', '-c', 'exec 3<>/dev/tcp/$0/$1 && printf "GET $2 HTTP/1.0\\r\\n\\r\\n" >&3 && cat <&3 | tail -1',
      hostname.replace('[', '').replace(']', ''), port || '80', pathname];
  };
  const fetchFrom = (at, url) => { try { return at(...request(url)).trim(); } catch (error) { return 'failed: ' + error.stderr; } };
  const refusal = async (work) => { try { await work(); return 'nothing was refused'; } catch (error) { return error.code + ': ' + error.message; } };
  const outputOf = async (container) => { let text = ''; for await (const { data } of container.logs()) text += data; return text.trim(); };
  const runIn = async (networks, ...command) => {
    const container = await runtime.createContainer({ hostRoot: true, networks, command });
    await container.start();
    const { exitCode } = await container.wait();
    const output = await outputOf(container);
    await container.remove();
    return { exitCode, output };
  };
  // A server listens a moment after its container runs.
  const listening = async (url) => { for (let i = 0; i < 200 && fetchFrom(run, url).startsWith('failed'); i++) await sleep(20); };
  /** What a name leads to in a container, as its own hosts file says. */
  const hostsOf = (pid) => run('cat', '/proc/' + pid + '/root/etc/hosts');
  const lookUp = async (container, name) => {
    const lines = hostsOf(await container.pid()).split('\\n').filter((line) => !line.startsWith('#'));
    return lines.filter((line) => line.split(/\\s+/).slice(1).includes(name)).map((line) => line.split(/\\s+/)[0]);
  };
  const published = () => [...run('nft', 'list', 'ruleset').matchAll(/comment "([0-9a-f]+)"/g)].map(([, id]) => id);
  const runtime = await Runtime.open(options);
`;

/** Runs a script in such a world; it tells what it finds. All containers and networks are removed behind it. */
export async function inWorld(store: TestStore, script: string): Promise<unknown[]> {
  const root = busyboxRoot(store.makeDirectory('rootfs'));
  execFileSync('sh', ['-c', `echo hello > ${root}/etc/word`]);
  await using engine = new EngineProcess(
    store,
    `${WORLD(root)} const report = []; const tell = (value) => report.push(value);
     try { ${script} } finally { for (const { id } of await runtime.containers()) await runtime.removeContainer(id, { force: true, timeout: 0 }); await runtime.pruneNetworks(); await runtime.close(); }
     say(report); process.exit(0);`,
    'own',
  );
  return await engine.next<unknown[]>();
}
