import { describe, expect, it } from 'vitest';
import { EngineProcess } from '../support/engine-process.js';
import { requires } from '../support/requires.js';
import { guarded } from '../support/store.js';

const DIST = new URL('../../dist/', import.meta.url).href;
const PROCESSES = 8;
const ROUNDS = 24;

/**
 * What one of many processes does, again and again: take an address for a container of its own, look whether somebody else
 * has it and whether a rule leads to it, publish a port there, and give both back; or be killed with both in hand.
 */
const WORKER = `
  import { mkdirSync, writeFileSync, unlinkSync, existsSync, readFileSync, rmSync } from 'node:fs';
  import { setTimeout as sleep } from 'node:timers/promises';
  import { createHash } from 'node:crypto';
  import { Networks } from '${DIST}network/networks.js';
  import { NetlinkSocket } from '${DIST}linux/network/netlink.js';
  import { elementsOf, getElements } from '${DIST}linux/network/nftables.js';
  import { formatIp, ipBytes } from '${DIST}base/ip.js';
  const [paths, held, alive, own] = JSON.parse(process.argv[1]);
  // A container lives as long as the process that has it in hand.
  const isLive = (id) => {
    try { process.kill(Number(readFileSync(alive + '/' + id, 'utf8')), 0); return true; } catch { return false; }
  };
  const networks = new Networks(paths, isLive);
  const netlink = await NetlinkSocket.open('netfilter');
  const config = await networks.get('small');
  await networks.firewall.admit(config.bridge, config.internal);
  const problems = [];
  for (let round = 0; round < ${ROUNDS}; round++) {
    const id = createHash('sha256').update(process.pid + ' ' + round).digest('hex');
    writeFileSync(alive + '/' + id, String(process.pid));
    let leases;
    try { leases = await networks.take(config, id, []); } catch (error) {
      if (error.code !== 'ERR_NO_ADDRESS') throw error;
      unlinkSync(alive + '/' + id);
      await sleep(1);
      continue;
    }
    const address = formatIp(leases[0].address);
    const claim = held + '/' + address;
    // What a killed process claimed is nobody's.
    if (existsSync(claim) && !isLive(readFileSync(claim, 'utf8'))) unlinkSync(claim);
    try { writeFileSync(claim, id, { flag: 'wx' }); } catch { problems.push(address + ' was given twice'); }
    const rules = elementsOf(await netlink.talk('look', [getElements('libpod_test', 'ports4')]));
    if (rules.some(({ data }) => data.subarray(0, 4).equals(ipBytes(leases[0].address)))) problems.push(address + ' has rules of its last holder');
    const ports = [{ hostIP: '', hostPort: 10000 + own * 100 + round, containerPort: 80, protocol: 'tcp' }];
    await networks.firewall.apply('publish', networks.firewall.publish(ports, leases.map((lease) => lease.address), id));
    await sleep(Math.random() * 3);
    // In the midst: its address and its port are in nobody's hand then.
    if (round >= 12 && own % 2 === 0) { process.stdout.write(JSON.stringify(problems) + '\\n', () => process.kill(process.pid, 'SIGKILL')); await sleep(10000); }
    await networks.firewall.apply('withdraw', networks.firewall.withdraw(ports, leases.map((lease) => lease.address)));
    unlinkSync(claim);
    networks.leases.release(leases[0], id);
    unlinkSync(alive + '/' + id);
  }
  process.stdout.write(JSON.stringify(problems) + '\\n', () => process.exit(0));
`;

describe.runIf(requires({ root: true }))('addresses', () => {
  it(
    'are given once to processes at the same time, come back from those that were killed, and never before their rules are gone',
    guarded(async (store) => {
      const directory = store.makeDirectory('networks');
      const paths = { networks: `${directory}/records`, runNetworks: `${directory}/run`, tag: 'test' };
      const [held, alive] = [store.makeDirectory('held'), store.makeDirectory('alive')];
      await using engine = new EngineProcess(
        store,
        `const { spawn } = await import('node:child_process');
         const { readdirSync, readlinkSync } = await import('node:fs');
         const { once } = await import('node:events');
         const { Networks } = await import('${DIST}network/networks.js');
         const networks = new Networks(${JSON.stringify(paths)}, (id) => id.startsWith('00000000'));
         await networks.create({ name: 'small', subnets: [{ subnet: '10.7.0.0/29' }] });
         const work = async (own) => {
           const words = ['--input-type=module', '-e', ${JSON.stringify(WORKER)}, JSON.stringify([${JSON.stringify(paths)}, ${JSON.stringify(held)}, ${JSON.stringify(alive)}, own])];
           const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
           let text = ''; for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => text += piece);
           const [code, signal] = await once(child, 'close');
           return { problems: text, code, signal };
         };
         const ends = await Promise.all(Array.from({ length: ${PROCESSES} }, (_, own) => work(own)));
         // All of them are to be had again.
         let left = 0;
         for (; left < 100; left++) try { await networks.take(await networks.get('small'), String(left).padStart(64, '0'), []); } catch { break; }
         say([ends, left]);
         process.exit(0);`,
        'own',
      );
      const [ends, left] =
        await engine.next<[{ problems: string; code: number | null; signal: string | null }[], number]>();
      expect(ends.map(({ problems }) => problems)).toEqual(Array(PROCESSES).fill('[]\n'));
      const killed = ends.filter(({ signal }) => signal === 'SIGKILL').length;
      // Up to half of them: one that found no address free from then on was never in the midst.
      expect(killed).toBeGreaterThan(0);
      expect(ends.filter(({ code }) => code === 0).length).toBe(PROCESSES - killed);
      expect(left).toBe(5);
    }),
  );
});
