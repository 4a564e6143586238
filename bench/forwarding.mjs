// What a published port lets through: requests of 1 MiB a second from the host to the same server in a network namespace, led there by
// the rules of a container's port, and by those that netavark makes. All in a network namespace of its own.
//
//   node bench/forwarding.mjs --base DIR [--rounds N] [--requests N] [--netavark FILE]
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Runtime } from '../dist/index.js';
import { makeRootfs } from './rootfs.mjs';

const HOST = '192.0.2.1';
const { values } = parseArgs({
  options: {
    base: { type: 'string', default: '/tmp/libpod-bench-forwarding' },
    rounds: { type: 'string', default: '9' },
    requests: { type: 'string', default: '600' },
    // Installed, it would become the backend of podman: a file that was unpacked does as well.
    netavark: { type: 'string', default: '/usr/lib/podman/netavark' },
    inside: { type: 'boolean', default: false },
  },
});
if (!values.inside) {
  const again = [fileURLToPath(import.meta.url), '--inside', ...process.argv.slice(2)];
  const { status } = spawnSync('unshare', ['--net', process.execPath, ...again], { stdio: 'inherit' });
  process.exit(status ?? 1);
}
const { base, netavark } = values;
const rootfs = join(base, 'rootfs');
const served = join(base, 'served');
mkdirSync(served, { recursive: true });
makeRootfs(rootfs);
writeFileSync(join(served, 'file'), Buffer.alloc(1 << 20));

const run = (/** @type {string[]} */ ...words) =>
  execFileSync(words[0] ?? '', words.slice(1), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
run('ip', 'link', 'set', 'lo', 'up');
run('ip', 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'down0');
run('ip', 'addr', 'add', `${HOST}/24`, 'dev', 'up0');
run('ip', 'link', 'set', 'up0', 'up');
run('ip', 'link', 'set', 'down0', 'up');

/** The same server for both, outside of any cgroup of a container. */
const serve = (/** @type {number} */ pid) =>
  spawn('nsenter', [`--net=/proc/${pid}/ns/net`, '--', 'busybox', 'httpd', '-f', '-p', '80', '-h', served], {
    stdio: 'ignore',
  });

const runtime = await Runtime.open({
  root: join(base, 'root'),
  runRoot: join(base, 'run'),
  cgroupParent: `/libpod-bench-forwarding-${process.pid}`,
});
const command = ['/bin/sleep', '100000'];
const ports = [{ containerPort: 80, hostPort: 8080 }];
const container = await runtime.createContainer({ rootfs, overlay: true, command, ports, stopTimeout: 0 });
await container.start();
const processes = [serve(await container.pid())];
const measured = new Map([['published port', 8080]]);

if (existsSync(netavark)) {
  const words = ['--net', 'sh', '-c', 'echo ready; exec sleep 100000'];
  const other = spawn('unshare', words, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(other.stdout, 'data');
  const network = {
    ...{ name: 'peer', id: 'a'.repeat(64), driver: 'bridge', network_interface: 'peer0' },
    subnets: [{ subnet: '10.77.0.0/24', gateway: '10.77.0.1' }],
    ...{ ipv6_enabled: false, internal: false, dns_enabled: false, created: '2024-01-01T00:00:00Z' },
    ipam_options: { driver: 'host-local' },
  };
  const request = {
    ...{ container_id: 'b'.repeat(64), container_name: 'peer' },
    port_mappings: [{ container_port: 80, host_ip: '', host_port: 8081, protocol: 'tcp', range: 1 }],
    networks: { peer: { interface_name: 'eth0', static_ips: ['10.77.0.2'] } },
    network_info: { peer: network },
  };
  mkdirSync(join(base, 'netavark'));
  execFileSync(netavark, ['--config', join(base, 'netavark'), 'setup', `/proc/${other.pid}/ns/net`], {
    input: JSON.stringify(request),
  });
  processes.push(other, serve(other.pid ?? 0));
  measured.set('netavark', 8081);
} else {
  console.error(`${netavark} is not installed`);
}

const rate = (/** @type {number} */ port) => {
  const report = run('ab', '-q', '-n', values.requests, '-c', '4', `http://${HOST}:${port}/file`);
  return Number(/Requests per second: +([\d.]+)/.exec(report)?.[1]);
};
/** @type {Map<string, number[]>} */
const rates = new Map();
await new Promise((resolve) => setTimeout(resolve, 500));
// In turn, so that what else the machine does meets both alike.
for (let round = 0; round < Number(values.rounds); round++)
  for (const [name, port] of measured) rates.set(name, [...(rates.get(name) ?? []), rate(port)]);
const median = (/** @type {number[]} */ all) => all.sort((a, b) => a - b)[all.length >> 1] ?? 0;
const peer = median(rates.get('netavark') ?? []);
for (const [name, all] of rates)
  console.log(
    JSON.stringify({
      forwarding: name,
      'MiB/s': Math.round(median(all)),
      'of netavark': peer === 0 ? '' : Number((median(all) / peer).toFixed(2)),
    }),
  );

for (const one of processes) one.kill('SIGKILL');
await container.remove({ force: true, timeout: 0 });
await runtime.pruneNetworks();
await runtime.close();
rmSync(base, { recursive: true, force: true });
