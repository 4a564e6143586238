import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { printable } from '../../../src/cli/output/printable.js';
import { archiveOf } from '../../support/archives.js';
import { withCommand } from '../../support/cli.js';
import { makeLayout } from '../../support/images.js';
import { requires } from '../../support/requires.js';

/** Clears the screen, sets the title, and ends the line: what a terminal must not be told by an image. */
const EVIL = '\u001b[2J\u001b]0;title\u0007\u009b31m\r\nnext';

describe.runIf(requires({ root: true, busybox: true }))('what an image says, on a terminal', () => {
  it(
    'says nothing to the terminal: its history, names of its files, its command, and errors about them',
    withCommand(async (command) => {
      const layout = command.store.makeDirectory('layout');
      const bottom = archiveOf({ name: 'kept', data: 'x' });
      const top = archiveOf({ name: Buffer.from(`file${EVIL}`).toString('latin1'), data: 'x' });
      makeLayout(layout, [{ bytes: bottom }, { bytes: top }], {
        name: 'example.org/evil:1',
        config: { Cmd: [EVIL], Labels: { [EVIL]: EVIL }, Volumes: { [`/v${EVIL}`]: {} } },
        top: {
          history: [
            { created_by: EVIL, comment: EVIL },
            { created_by: EVIL, comment: EVIL },
          ],
          author: EVIL,
        },
      });
      const archive = command.file('evil.tar');
      execFileSync('tar', ['-C', layout, '-cf', archive, '.']);
      await command.ok('load', '-q', '-i', archive);
      await command.ok('create', '--name', 'c', 'evil:1');
      const quiet = async (...args: string[]): Promise<string> => {
        const { stdout, stderr } = await command.libpod(...args);
        const controls = [...(stdout + stderr)].filter(
          (one) => one !== printable(one) && !'\n\t'.includes(one),
        );
        expect(controls, args.join(' ')).toEqual([]);
        return stdout + stderr;
      };
      expect(await quiet('history', 'evil:1')).toContain(']0;title');
      expect(await quiet('history', '--no-trunc', 'evil:1')).toContain('next');
      expect(await quiet('image', 'diff', 'evil:1')).toMatch(/^A \/file/m);
      await quiet('images', '--digests');
      await quiet('ps', '-a', '--no-trunc');
      await quiet('volume', 'ls');
      await quiet('system', 'df', '-v');
      expect(await quiet('run', '--rm', 'evil:1')).toContain('Error: ');
      const layers = path.join(command.store.root, 'layers');
      for (const layer of readdirSync(layers).filter((name) => name !== 'lock'))
        for (const file of readdirSync(path.join(layers, layer, 'diff')))
          rmSync(path.join(layers, layer, 'diff', file));
      expect(await quiet('system', 'check')).toContain('it is missing');
      await command.ok('rm', '-v', 'c');
      await command.ok('image', 'prune', '-a', '-f');
    }),
  );
});
