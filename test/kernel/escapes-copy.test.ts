import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { unpackInto } from '../../src/index.js';
import { archiveOf, bytesOf } from '../support/archives.js';
import { requires } from '../support/requires.js';
import { busyboxRoot } from '../support/rootfs.js';
import { guarded } from '../support/guarded.js';
import { withStore } from '../support/store.js';

describe.runIf(requires({ root: true, busybox: true }))('a copy', () => {
  it(
    'out of and into a container that exchanges a directory for a link never touches the host; by path it does',
    { timeout: 60_000 },
    withStore(async (runtime, store) => {
      // CVE-2018-15664, CVE-2026-41568, CVE-2026-42306.
      const outside = store.makeDirectory('outside');
      writeFileSync(path.join(outside, 'f'), 'secret');
      const swap = `mkdir -p /w/dir; echo inside > /w/dir/f; echo ready
        while :; do mv /w/dir /w/aside; ln -s ${outside} /w/dir; rm /w/dir; mv /w/aside /w/dir; done`;
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      const container = await runtime.createContainer({ rootfs, command: ['sh', '-c', swap] });
      await container.start();
      for await (const _ of container.logs({ follow: true })) break;
      const told = (error: unknown): undefined => {
        expect((error as { code: string }).code).toMatch(/^ERR_/);
      };
      for (let round = 0; round < 10; round++) {
        const archive = await container.copyOut('/w/dir/f').then(bytesOf).catch(told);
        expect(archive?.includes('secret')).not.toBe(true);
        const hit = archiveOf({ name: 'dir/f', data: 'hit' }, { name: 'dir/g', data: 'hit' });
        await container.copyIn('/w', Readable.from([hit]), { overwrite: true }).catch(told);
      }
      expect([readdirSync(outside), readFileSync(path.join(outside, 'f'), 'utf8')]).toEqual([
        ['f'],
        'secret',
      ]);
      // The control: whoever opens the path, beneath the container's root even, reads the host's file before long.
      const naive = `/proc/${await container.pid()}/root/w/dir/f`;
      for (let read = ''; read !== 'secret';)
        try {
          read = readFileSync(naive, 'utf8');
        } catch {
          // Between two renames there is nothing.
        }
      await container.remove({ force: true, timeout: 0 });
    }),
  );

  it(
    'of an archive with links on the way stays in its directory; one that follows them leaves it',
    guarded(async (store) => {
      // CVE-2019-18466, CVE-2021-32760, CVE-2025-11395.
      const outside = store.makeDirectory('outside');
      const hostile = archiveOf({ name: 'out', type: '2', link: outside }, { name: 'out/file', data: 'hit' });
      await unpackInto(store.makeDirectory('ours'), Readable.from([hostile])).catch((error: unknown) =>
        expect((error as { code: string }).code).toMatch(/^ERR_/),
      );
      expect(readdirSync(outside)).toEqual([]);
      const naive = store.makeDirectory('naive');
      execFileSync('tar', ['--absolute-names', '-C', naive, '-xf', '-'], { input: hostile });
      expect(readdirSync(outside)).toEqual(['file']);
    }),
  );
});
