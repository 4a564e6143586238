import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { archiveOf } from '../../support/archives.js';
import { withCommand } from '../../support/cli.js';
import { requires } from '../../support/requires.js';

describe.runIf(requires({ root: true }))('what an image is', () => {
  it(
    'is found by inspect among objects of all kinds, and shown with its layers',
    withCommand(async (command) => {
      const tree = archiveOf({ name: 'file', data: 'x'.repeat(10_000) });
      const made = await command.start(['import', '-q', '-m', 'by hand', '-', 'base:1'], tree).ended;
      const id = made.stdout.trim().slice('sha256:'.length);
      await command.ok('create', '--name', 'c', 'base:1', 'file');
      const above = await command.ok('commit', '-q', 'c', 'above:1');
      await command.ok('volume', 'create', 'v');
      await command.ok('pod', 'create', '--name', 'p', '--infra=false');
      const first = async (...args: string[]): Promise<unknown> =>
        (JSON.parse(await command.ok('inspect', ...args)) as unknown[])[0];
      expect(await first('base:1')).toMatchObject({ Id: id, Os: 'linux', RepoTags: ['localhost/base:1'] });
      expect(await first('v')).toMatchObject({ Name: 'v', Driver: 'local' });
      expect(await first('p')).toMatchObject({ Name: 'p', State: 'Created' });
      expect(await first('podman')).toMatchObject({ name: 'podman' });
      expect(await command.ok('inspect', '--format', '{{.Name}}', 'c')).toBe('c');
      const format = '{{.Id}} {{index .RepoTags 0}}';
      expect(await command.ok('image', 'inspect', '--format', format, 'base:1')).toBe(
        `${id} localhost/base:1`,
      );
      for (const [words, said] of [
        [['inspect', 'c', 'nothing'], 'no such object: "nothing"'],
        [['inspect', '--type', 'image', 'c'], 'image not known'],
        [['inspect', '--type', 'x', 'c'], 'invalid type "x"'],
        [['container', 'inspect', 'base:1'], 'no such container'],
      ] as const)
        expect(await command.libpod(...words)).toMatchObject({
          status: 125,
          stderr: expect.stringContaining(said),
        });

      expect((await command.ok('image', 'tree', 'above:1')).split('\n')).toEqual([
        `Image ID: ${above.slice(0, 12)}`,
        'Tags:     [localhost/above:1]',
        expect.stringMatching(/^Size: {5}\d/),
        'Image Layers',
        expect.stringMatching(/^├── ID: [0-9a-f]{12} Size: +\S+B Top Layer of: \[localhost\/base:1\]$/),
        expect.stringMatching(/^└── ID: [0-9a-f]{12} Size: +\S+B Top Layer of: \[localhost\/above:1\]$/),
      ]);
      expect((await command.ok('image', 'tree', '--whatrequires', 'base:1')).split('\n').slice(4)).toEqual([
        expect.stringMatching(/^└── ID: .*localhost\/base:1\]$/),
        expect.stringMatching(/^ {4}└── ID: .*localhost\/above:1\]$/),
      ]);
      await command.ok('tag', 'base:1', 'other:2');
      const fields = '{{.Id}} {{.Containers}} {{.Dangling}} {{.VirtualSize}} {{len .Names}} {{.History}}';
      const [line = ''] = (await command.ok('images', '--format', fields, 'base:1')).split('\n');
      expect(line).toMatch(new RegExp(`^${id} 1 false \\d+ 2 localhost/.*, localhost/`));
      expect((await command.ok('images', '--history')).split('\n')[0]).toMatch(/ HISTORY$/);
      expect(
        await command.ok('history', '--format', '{{.Tags}} {{.CreatedSince}} {{.Comment}}', 'base:1'),
      ).toMatch(/^\[localhost\/.*\] .* ago by hand$/);
      // What podman's JSON leaves out where it is empty, its templates have all the same.
      const empty =
        '{{.GraphDriver.Name}} {{.Config.ExposedPorts}} {{len .Config.Entrypoint}} {{json .HealthCheck}} {{.ID}}';
      expect(await command.ok('image', 'inspect', '--format', empty, 'base:1')).toMatch(
        new RegExp(`^(overlay|vfs) map\\[\\] 0 null ${id}$`),
      );
      const base = (await first('base:1')) as { Config: object; GraphDriver: { Data: { UpperDir: string } } };
      expect(base.Config).toEqual({});
      expect(existsSync(`${base.GraphDriver.Data.UpperDir}/file`)).toBe(true);
      const ofVolume = '{{.Name}} {{.UID}} {{.GID}} {{.Anonymous}} {{.Timeout}} {{.Status}}';
      expect(await command.ok('volume', 'ls', '--format', ofVolume)).toBe('v 0 0 false 0 map[]');
      await command.ok('volume', 'create', '-o', 'o=uid=5,gid=6', 'w');
      expect(await command.ok('volume', 'inspect', '--format', '{{.UID}} {{.GID}}', 'w')).toBe('5 6');
      expect(await first('v')).not.toHaveProperty('UID');
      expect(await first('w')).toMatchObject({ UID: 5, GID: 6 });
      await command.ok('volume', 'rm', 'w');
      const usage = JSON.parse(await command.ok('system', 'df', '-v', '--format', 'json')) as object;
      expect(usage).toMatchObject({
        Images: [{ ImageID: above }, { ImageID: id, Containers: 1 }],
        Containers: [{ Names: 'c', LocalVolumes: 0 }],
        Volumes: [{ VolumeName: 'v', Links: 0 }],
      });
      expect(await command.ok('images', '--format', '{{.CreatedAt}}', 'base:1')).toMatch(
        /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC/,
      );
      expect(await command.ok('volume', 'reload')).toBe('');
      await command.ok('pod', 'rm', 'p');
      await command.ok('rm', 'c');
      await command.ok('volume', 'rm', 'v');
      await command.ok('rmi', '--no-prune', '--force', id, 'nothing:1');
      await command.ok('image', 'prune', '--external', '--all', '--force');
    }),
  );
});
