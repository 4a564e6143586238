import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { listWithTar } from '../../support/archives.js';
import { withCommand, type TestCommand } from '../../support/cli.js';
import { requires } from '../../support/requires.js';

/** A tree on the host to copy from. */
function source(command: TestCommand): string {
  const tree = command.store.makeDirectory('source');
  mkdirSync(path.join(tree, 'sub'));
  writeFileSync(path.join(tree, 'sub/file'), 'content');
  writeFileSync(path.join(tree, 'top'), 'top');
  return tree;
}

describe.runIf(requires({ root: true, busybox: true }))('libpod cp', () => {
  it(
    'puts files and directories where podman-cp(1) says, into a container and out of it',
    withCommand(async (command) => {
      const { ok, rootfs } = { ok: command.ok.bind(command), rootfs: command.rootfs };
      const tree = source(command);
      await ok('create', '--name', 'c', '--rootfs', rootfs, 'sleep', '1000');
      await ok('cp', `${tree}/top`, 'c:/tmp'); // into a directory
      await ok('cp', `${tree}/top`, 'c:/tmp/other'); // as another name
      await ok('cp', `${tree}/top`, 'c:tmp/other'); // over a file; relative paths begin at the root
      await ok('cp', tree, 'c:/tmp'); // a directory into a directory
      await ok('cp', `${tree}/.`, 'c:/tmp/contents-new'); // contents become a new directory
      mkdirSync(path.join(rootfs, 'tmp/there'));
      await ok('cp', `${tree}/.`, 'c:/tmp/there'); // contents into a directory
      await ok('cp', tree, 'c:/tmp/new'); // a directory becomes a new one
      const inside = (name: string) => path.join(rootfs, 'tmp', name);
      for (const name of ['top', 'other']) expect(readFileSync(inside(name), 'utf8')).toBe('top');
      for (const name of ['source', 'contents-new', 'there', 'new'])
        expect(readFileSync(inside(`${name}/sub/file`), 'utf8')).toBe('content');

      const out = (name: string) => command.file(`out/${name}`);
      mkdirSync(out('there'), { recursive: true });
      await ok('cp', 'c:/tmp/top', out(''));
      await ok('cp', 'c:/tmp/top', out('renamed'));
      await ok('cp', 'c:/tmp/new', out('there'));
      await ok('cp', 'c:/tmp/new/.', out('there'));
      await ok('cp', 'c:/tmp/new', out('fresh'));
      expect(readFileSync(out('top'), 'utf8')).toBe('top');
      expect(readFileSync(out('renamed'), 'utf8')).toBe('top');
      for (const name of ['there/new', 'there', 'fresh'])
        expect(readFileSync(out(`${name}/sub/file`), 'utf8')).toBe('content');
    }),
  );

  it(
    'refuses what podman refuses, with its words, and leaves nothing',
    withCommand(async (command) => {
      const tree = source(command);
      await command.ok('create', '--name', 'c', ...command.overlay, 'sleep', '1000');
      for (const [words, sentence] of [
        [[tree, 'c:/etc/passwd'], 'destination must be a directory when copying a directory'],
        [['c:/etc', `${tree}/top`], 'destination must be a directory when copying a directory'],
        [[`${tree}/top`, 'c:/no/where/f'], '"/no/where/f" could not be found on container c: no such file'],
        [[`${tree}/top`, 'c:/nowhere/'], '"/nowhere/" could not be found on container c: no such file'],
        [['c:/nowhere', tree], '"/nowhere" could not be found on container c: no such file or directory'],
        [['c:/etc/passwd', `${tree}/no/where`], 'could not be found on the host: no such file or directory'],
        [[`${tree}/nothing`, 'c:/'], 'could not be found on the host: no such file or directory'],
        [['nobody:/etc', tree], 'container "nobody" does not exist'],
        [[tree, tree], 'you must specify one container'],
        [['c:', tree], 'you must specify paths'],
        [[tree], 'accepts 2 arg(s), received 1'],
        [['-', 'c:/etc/passwd'], 'destination must be a directory when copying from stdin'],
        [['-', 'c:/tmp'], 'source must be a (compressed) tar archive when copying from stdin: it is empty'],
        [['-', 'c:/nowhere'], 'destination must be a directory when copying from stdin'],
        [['c:/etc/passwd', '/dev/null'], 'must be a directory or a regular file'],
      ] as const) {
        const result = await command.libpod('cp', ...words);
        expect(result.stderr).toContain(sentence);
        expect(result.stderr).toMatch(/^Error: .*\n$/);
        expect(result.status).toBe(125);
      }
    }),
  );

  it(
    'takes tar archives from stdin, compressed or not, and writes them to stdout',
    withCommand(async (command) => {
      const tree = source(command);
      await command.ok('run', '-d', '--name', 'c', ...command.overlay, 'sleep', '1000');
      for (const flag of ['-c', '-cz']) {
        const archive = execFileSync('tar', [flag, '-C', tree, '.']);
        const { status } = await command.start(['cp', '-', `c:/tmp`], archive).ended;
        expect(status).toBe(0);
      }
      const { bytes } = await command.libpod('cp', 'c:/tmp/sub', '-');
      expect(listWithTar(bytes)).toEqual(['sub/', 'sub/file']);
      const bad = await command.start(['cp', '-', 'c:/tmp'], 'x'.repeat(2000)).ended;
      expect(bad.stderr).toContain('source must be a (compressed) tar archive when copying from stdin');
      expect(bad.status).toBe(125);
    }),
  );

  it(
    'gives files to the user of the container, keeps their owner without -a, and ours on the host',
    withCommand(async (command) => {
      const tree = source(command);
      execFileSync('chown', ['77:78', path.join(tree, 'top')]);
      await command.ok('create', '--name', 'c', '--user', '1000:2000', '--rootfs', command.rootfs, 'true');
      await command.ok('cp', path.join(tree, 'top'), 'c:/tmp/a');
      await command.ok('cp', '-a=false', path.join(tree, 'top'), 'c:/tmp/b');
      const owner = (file: string) => `${statSync(file).uid}:${statSync(file).gid}`;
      expect(owner(path.join(command.rootfs, 'tmp/a'))).toBe('1000:2000');
      expect(owner(path.join(command.rootfs, 'tmp/b'))).toBe('77:78');
      await command.ok('cp', 'c:/tmp/b', command.file('b'));
      expect(owner(command.file('b'))).toBe(`${process.getuid?.()}:${process.getgid?.()}`);
    }),
  );

  it(
    'copies between containers, and overwrites across kinds only if told to',
    withCommand(async (command) => {
      const tree = source(command);
      await command.ok('run', '-d', '--name', 'one', ...command.overlay, 'sleep', '1000');
      await command.ok('create', '--name', 'two', ...command.overlay, 'sleep', '1000');
      await command.ok('cp', tree, 'one:/tmp/dir');
      await command.ok('cp', 'one:/tmp/dir', 'two:/srv');
      await command.ok('cp', 'two:/srv/sub/file', command.file('file'));
      expect(readFileSync(command.file('file'), 'utf8')).toBe('content');
      mkdirSync(command.file('clash/top'), { recursive: true });
      const refused = await command.libpod('cp', `${command.file('clash')}/.`, 'one:/tmp/dir');
      expect(refused.stderr).toContain('something that is no directory is there');
      expect(refused.status).toBe(125);
      await command.ok('cp', '--overwrite', `${command.file('clash')}/.`, 'one:/tmp/dir');
    }),
  );

  it(
    'follows a link at the end of a path within the container, and not on the host',
    withCommand(async (command) => {
      symlinkSync('/etc/passwd', path.join(command.rootfs, 'link'));
      symlinkSync('tmp', path.join(command.rootfs, 'dirlink'));
      writeFileSync(path.join(command.rootfs, 'etc/passwd'), 'of the container\n');
      await command.ok('create', '--name', 'c', '--rootfs', command.rootfs, 'true');
      await command.ok('cp', 'c:/link', command.file('copied'));
      expect(readFileSync(command.file('copied'), 'utf8')).toBe('of the container\n');
      await command.ok('cp', command.file('copied'), 'c:/dirlink');
      expect(existsSync(path.join(command.rootfs, 'tmp/copied'))).toBe(true);
    }),
  );
});

describe.runIf(requires({ root: true, busybox: true }))('libpod mount, unmount, export', () => {
  it(
    'speak as podman does',
    withCommand(async (command) => {
      const id = await command.ok('create', '--name', 'c', ...command.overlay, 'sleep', '1000');
      expect(await command.ok('mount')).toBe('');
      expect(JSON.parse(await command.ok('mount', '--format', 'json'))).toEqual([]);
      const place = await command.ok('mount', 'c');
      expect(readFileSync(path.join(place, 'etc/passwd'), 'utf8')).toContain('root:');
      expect(await command.ok('mount')).toBe(`${id.slice(0, 12)}  ${place}`);
      expect(await command.ok('mount', '--no-trunc')).toBe(`${id}  ${place}`);
      expect(JSON.parse(await command.ok('mount', '--format', 'json'))).toEqual([
        { id, Names: ['c'], mountpoint: place },
      ]);
      expect(await command.ok('mount', '-a')).toBe(place);
      expect(await command.ok('unmount', 'c')).toBe('c');
      expect(await command.ok('mount')).toBe(`${id.slice(0, 12)}  ${place}`);
      expect(await command.ok('umount', '--force', 'c')).toBe('c');
      expect(await command.ok('mount')).toBe('');
      // One that is not mounted is fine, as it is with podman; --all names only those that were.
      expect(await command.ok('umount', 'c')).toBe('c');
      expect(await command.ok('umount', '-a')).toBe('');
      await command.ok('mount', '-l');
      expect(await command.ok('umount', '-a')).toBe(id);
      for (const words of [['mount', 'nobody'], ['umount', 'nobody'], ['umount'], ['mount', '-a', 'c']])
        expect((await command.libpod(...words)).status).toBe(125);
    }),
  );

  it(
    'write an archive to a file or to stdout, and no half one',
    withCommand(async (command) => {
      await command.ok('run', '-d', '--name', 'c', ...command.overlay, 'sleep', '1000');
      await command.ok('export', '-o', command.file('out.tar'), 'c');
      const { bytes } = await command.libpod('export', 'c');
      expect(bytes.equals(readFileSync(command.file('out.tar')))).toBe(true);
      expect(listWithTar(bytes)).toContain('bin/busybox');
      const nowhere = await command.libpod('export', '-o', command.file('no/where'), 'c');
      expect(nowhere.status).toBe(125);
      expect(nowhere.stderr).toContain('no such file or directory');
      // What is there and no file is not taken away, however it ends.
      const link = command.file('link');
      symlinkSync('/dev/full', link);
      expect((await command.libpod('export', '-o', link, 'c')).status).toBe(125);
      expect(readlinkSync(link)).toBe('/dev/full');
      for (const words of [['export'], ['export', 'nobody'], ['export', 'c', 'd']])
        expect((await command.libpod(...words)).status).toBe(125);
    }),
  );
});
