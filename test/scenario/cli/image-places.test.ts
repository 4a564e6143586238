import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { archiveOf } from '../../support/archives.js';
import { withCommand, type TestCommand } from '../../support/cli.js';
import { TestRegistry } from '../../support/registry.js';
import { requires } from '../../support/requires.js';

const insecure = '--tls-verify=false';

/** An image of one file, `made:1`. @returns its ID */
async function makeImage(command: TestCommand): Promise<string> {
  const tree = archiveOf({ name: 'file', data: 'x'.repeat(100_000) });
  const { stdout } = await command.start(['import', '-q', '-', 'made:1'], tree).ended;
  return stdout.trim().slice('sha256:'.length);
}

/** The configuration of an image in files, as skopeo reads it. */
function configBySkopeo(place: string): string {
  return execFileSync('skopeo', ['inspect', '--config', '--raw', place], { encoding: 'utf8' });
}

describe.skipIf(!requires({ root: true, registry: true, skopeo: true }))('where images are', () => {
  it(
    'may be files, in the forms of podman and skopeo',
    withCommand(async (command) => {
      const id = await makeImage(command);
      const blobs = path.join(command.store.root, 'images/blobs/sha256');
      const config = readFileSync(path.join(blobs, id), 'utf8');
      const at = (name: string): string => command.file(name);
      const places = [`dir:${at('dir')}`, `oci:${at('oci')}:one`, `oci:${at('oci')}:two`];
      places.push(`oci-archive:${at('oci.tar')}:one`, `docker-archive:${at('docker.tar')}:one:3`);
      for (const place of places) {
        await command.ok('push', '-q', 'made:1', place);
        expect(configBySkopeo(place), place).toBe(config);
      }
      await command.ok('rmi', 'made:1');
      for (const place of places) expect(await command.ok('pull', '-q', place), place).toBe(id);
      expect((await command.ok('images', '--format', '{{.Repository}}:{{.Tag}}')).split('\n').sort()).toEqual(
        ['docker.io/library/one:3', 'localhost/one:latest', 'localhost/two:latest'],
      );
      await command.ok('push', '-q', '--compress', id, `dir:${at('small')}`);
      const { layers } = JSON.parse(readFileSync(at('small/manifest.json'), 'utf8')) as { layers: unknown[] };
      expect(layers).toMatchObject([{ mediaType: expect.stringMatching(/gzip$/) }]);
      expect(await command.ok('pull', '-q', `dir:${at('small')}`)).toBe(id);
      await command.ok('save', '--compress', '--format', 'docker-dir', '-o', at('saved'), id);
      expect(readdirSync(at('saved'))).toEqual(readdirSync(at('small')));
      writeFileSync(at('cut.tar'), 'cut');
      for (const [words, said] of [
        [['pull', `oci:${at('oci')}:three`], 'there is no image "three"'],
        [['pull', `oci:${at('nowhere')}`], 'cannot read the archive'],
        [['push', id, 'docker-daemon:x:1'], 'the transport "docker-daemon:" is not supported'],
        [['pull', 'containers-storage:x'], 'is not supported'],
        [['push', '--format', 'v2s2', id, `oci:${at('oci')}`], 'has no manifest of the format v2s2'],
        [['push', '--compress', id, 'x'], '--compress can be set only'],
        [['push', '--compression-format', 'lz4', id, 'x'], 'choose gzip or zstd'],
        [['push', '--compression-level', '10', id, 'x'], 'must be a whole number from 1 to 9, not 10'],
        [['push', '--compression-level', '5', id, `oci:${at('oci')}`], 'are for registries, not for oci:'],
        [['save', '--compress', '-o', at('no.tar'), id], "when --format is 'docker-dir'"],
        [['save', '-o', at('no/no.tar'), id], `cannot write ${at('no/no.tar')}: no such file or directory`],
        [['load', '-i', at('cut.tar')], `${at('cut.tar')}: the archive cannot be used`],
        [['import', at('cut.tar')], `${at('cut.tar')}: the archive cannot be used`],
      ] as const)
        expect(await command.libpod(...words)).toMatchObject({
          status: 125,
          stderr: expect.stringContaining(said),
        });
      await command.ok('image', 'prune', '--all', '--force');
    }),
  );

  it(
    'may be repositories, which are searched, and pulled with all of their tags',
    withCommand(async (command) => {
      await using registry = await TestRegistry.start(command.store.makeDirectory('registry'));
      const { host } = registry;
      const id = await makeImage(command);
      const compressed = ['--compression-format', 'gzip', '--remove-signatures', '--disable-content-trust'];
      await command.ok('push', '-q', insecure, ...compressed, 'made:1', `docker://${host}/team/app:1`);
      await command.ok('push', '-q', insecure, 'made:1', `${host}/team/app:2`);
      expect(await command.ok('search', insecure, `${host}/app`)).toMatch(
        new RegExp(`^NAME +DESCRIPTION\\n${host}/team/app *$`),
      );
      expect(JSON.parse(await command.ok('search', insecure, '--format', 'json', `${host}/`))).toEqual([
        {
          Index: host,
          Name: `${host}/team/app`,
          Description: '',
          Stars: 0,
          Official: '',
          Automated: '',
          Tag: '',
        },
      ]);
      expect(await command.ok('search', insecure, '--filter', 'stars=1', `${host}/`)).toBe('');
      expect(
        JSON.parse(
          await command.ok('search', insecure, '--list-tags', '--format', 'json', `${host}/team/app`),
        ),
      ).toEqual([{ Name: `${host}/team/app`, Tags: expect.arrayContaining(['1', '2']) }]);
      // The same image with another manifest, as its layer is compressed there.
      const there = `${host}/team/app:1`;
      expect(await command.ok('pull', '-q', insecure, there)).toBe(id);
      expect(await command.ok('rmi', there)).toBe(`Untagged: ${there}`);
      await command.ok('pull', '-q', insecure, there);
      expect(await command.libpod('rmi', id)).toMatchObject({ status: 2 });
      const gone = await command.ok('rmi', '--force', id);
      expect(gone.split('\n').sort()).toEqual(
        [`Untagged: ${there}`, 'Untagged: localhost/made:1', `Deleted: ${id}`].sort(),
      );
      expect(await command.ok('images', '-q')).toBe('');
      expect(await command.ok('pull', '-q', '-a', insecure, `docker://${host}/team/app`)).toBe(
        `${id}\n${id}`,
      );
      expect(await command.ok('image', 'exists', `${host}/team/app:1`)).toBe('');
      for (const [words, said] of [
        [['search', '--limit', '0', 'x'], 'outside the range of [1, 100]'],
        [['search', '--filter', 'colour=red', 'x'], 'invalid filter type'],
        [['search', '--list-tags', '--filter', 'stars=1', 'x'], 'not applicable to list tags'],
        [['search', insecure, '--list-tags', `${host}/none`], 'answered 404'],
        [['pull', '-a', `dir:${command.file('x')}`], '--all-tags is for repositories'],
      ] as const)
        expect(await command.libpod(...words)).toMatchObject({
          status: 125,
          stderr: expect.stringContaining(said),
        });
      await command.ok('image', 'prune', '--all', '--force');
    }),
  );
});
