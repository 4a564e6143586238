import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HostsFiles, slotLine } from '../../../src/network/hosts-files.js';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const C = 'c'.repeat(64);
const HEAD = '127.0.0.1\tlocalhost\n10.0.0.9\town name\n';

describe('the hosts file of a container', () => {
  let directory: string;
  let file: string;
  let hosts: HostsFiles;

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'hosts-files-'));
    file = path.join(directory, 'hosts');
    hosts = new HostsFiles(path.join(directory, 'known'));
    writeFileSync(file, HEAD);
    hosts.register(A, file, { home: ['web', 'www'] });
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const read = (): string => readFileSync(file, 'utf8');

  it('takes the lines of a neighbour, and gives its place to the next', () => {
    hosts.add(A, [{ address: '10.0.0.2', names: ['db'] }], B);
    expect(read()).toBe(HEAD + slotLine({ address: '10.0.0.2', names: ['db'] }, 'b'.repeat(12)));
    hosts.remove(A, B);
    expect(read()).toContain('\n#0.0.0.2\tdb');
    hosts.add(A, [{ address: '10.0.0.3', names: ['cache'] }], C);
    expect(read()).toBe(HEAD + slotLine({ address: '10.0.0.3', names: ['cache'] }, 'c'.repeat(12)));
  });

  it('grows for a line that fits into no free place, and keeps what others have written', () => {
    hosts.add(A, [{ address: '10.0.0.2', names: ['db'] }], B);
    hosts.remove(A, B);
    writeFileSync(file, `${read()}1.1.1.1\tmine`);
    const long = { address: 'fd00::1', names: ['n'.repeat(100)] };
    hosts.add(A, [long], C);
    expect(read()).toContain('\n1.1.1.1\tmine\n');
    expect(read().endsWith(slotLine(long, 'c'.repeat(12)))).toBe(true);
  });

  it('loses the lines of some addresses alone, and no line that only looks like one', () => {
    const lines = ['10.0.0.2', '10.1.0.2'].map((address) => ({ address, names: ['db'] }));
    hosts.add(A, lines, B);
    hosts.remove(A, B, ['10.1.0.2']);
    expect(read()).toContain('\n10.0.0.2\tdb');
    expect(read()).toContain('\n#0.1.0.2\tdb');
    hosts.remove(A, A);
    expect(read().startsWith(HEAD)).toBe(true);
  });

  it('is passed over when it is gone or was made too long, and names never come from it', () => {
    writeFileSync(file, `${HEAD}6.6.6.6\tgood.example\t${'a'.repeat(12)}\n`);
    expect(hosts.namesOf(A, 'home')).toEqual(['web', 'www']);
    expect(hosts.namesOf(A, 'away')).toEqual([]);
    truncateSync(file, 2 ** 30);
    hosts.add(A, [{ address: '10.0.0.2', names: ['db'] }], B);
    rmSync(file);
    hosts.add(A, [{ address: '10.0.0.2', names: ['db'] }], B);
    hosts.forget(A);
    expect(hosts.fileOf(A)).toBeUndefined();
    hosts.add(A, [{ address: '10.0.0.2', names: ['db'] }], B);
  });
});
