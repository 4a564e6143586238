import { execFileSync } from 'node:child_process';
import { chmodSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { requires } from '../support/requires.js';
import { withSleeper } from '../support/sleeper.js';
import { shell } from '../support/run.js';
import { withStore } from '../support/store.js';

/** Connects, from the socket’s own directory, as sun_path has 108 bytes only, and says how many bytes of greeting came, or the errno. */
const GREET = `
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
try:
    os.chdir(os.path.dirname(sys.argv[1]))
    s.connect(os.path.basename(sys.argv[1]))
    s.settimeout(30)
    print(len(s.recv(100)))
except OSError as error:
    print(error.strerror)
`;

const NOBODY = 65534;

function greeted(file: string, uid: number): string {
  return execFileSync('python3', ['-c', GREET, file], { uid, gid: uid, encoding: 'utf8', cwd: '/' }).trim();
}

describe.runIf(requires({ root: true }))('the socket of a monitor', () => {
  it(
    'is a file of its user alone, and speaks to nobody else even where its mode would let them',
    withStore(async (runtime, store) => {
      await withSleeper(runtime, {}, async (container) => {
        const find = execFileSync('find', [store.runRoot, '-type', 's', '-name', 'ctl.sock'], {
          encoding: 'utf8',
        });
        const file = find.trim();
        expect(file).toContain(container.id);
        expect(statSync(file).mode & 0o777).toBe(0o600);
        expect(statSync(store.runRoot).mode & 0o077).toBe(0);
        expect(greeted(file, NOBODY)).toBe('Permission denied');
        for (let at = file; at !== path.dirname(store.directory); at = path.dirname(at)) chmodSync(at, 0o777);
        // SO_PEERCRED: the connection is closed without a word.
        expect(greeted(file, NOBODY)).toBe('0');
        // The control: its own user is greeted.
        expect(Number(greeted(file, 0))).toBeGreaterThan(0);
      });
    }),
  );

  it(
    'is not among the abstract ones, which a container in the host’s network could reach',
    withStore(async (runtime) => {
      // CVE-2020-15257.
      const { stdout } = await shell(runtime, 'cat /proc/net/unix', { namespaces: { network: 'host' } });
      const names = stdout.split('\n').map((line) => line.split(/\s+/)[7] ?? '');
      expect(names.filter((name) => name.startsWith('@') && /libpod|monitor|ctl/.test(name))).toEqual([]);
      // The control: what the container sees there is the host's, and its own monitor's socket among it.
      expect(names.filter((name) => name.endsWith('ctl.sock')).length).toBeGreaterThan(0);
    }),
  );
});
