import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packPath, type CreateOptions, type Runtime } from '../../src/index.js';
import { archiveOf } from '../support/archives.js';
import { makeLayout } from '../support/images.js';
import { requires } from '../support/requires.js';
import { withStore, type TestStore } from '../support/store.js';

const LAYER = { bytes: archiveOf({ name: 'etc/passwd', data: 'root:x:0:0::/:/bin/sh\n' }) };
let count = 0;

/** Loads an image that says this of how it is run, and more in its document; answers its ID. */
async function load(runtime: Runtime, store: TestStore, config: object, top: object = {}): Promise<string> {
  const layout = store.makeDirectory(`layout-${count++}`);
  makeLayout(layout, [LAYER], { name: 'example.org/evil:1', config, top });
  const [image] = await runtime.images.load(packPath(layout));
  return image?.id ?? '';
}

const NUL = 'a\0b';
const COMMAND: Partial<CreateOptions> = { command: ['/true'] };

/** What an image must not say, and what is told of it when a container is made of it. */
const REFUSED: readonly (readonly [
  config: object,
  sentence: string | RegExp,
  options?: Partial<CreateOptions>,
])[] = [
  [{ Entrypoint: [''] }, 'no command was given', {}],
  [{ Entrypoint: [NUL] }, 'contains a NUL', {}],
  [{ Env: [`A=${NUL}`] }, 'contains a NUL'],
  [{ Env: ['=x'] }, 'no usable name'],
  [{ User: '-1' }, 'the user ID must be from 0'],
  [{ User: '0:0:0' }, 'more than one colon'],
  [{ User: 'root:4294967296' }, 'the group ID must be from 0'],
  [{ User: ' ' }, 'no user " "'],
  [{ User: 'root\nevil' }, 'no user "root\\nevil"'],
  ...['/', '..', '', 'a/b', '/../..', '/proc', '/dev', '/sys/fs/cgroup', '/a\0'].map(
    (place) => [{ Volumes: { [place]: {} } }, 'where none may be'] as const,
  ),
  [{ WorkingDir: '/a\0' }, 'contains a NUL'],
  [{ ExposedPorts: { 'x/tcp': {} } }, 'cannot be read', { publishAll: true }],
  [{ ExposedPorts: { '1-999999999': {} } }, 'cannot be read', { publishAll: true }],
  [{ Healthcheck: { Test: ['CMD'] } }, 'has no command'],
  [{ Healthcheck: { Test: ['CMD', NUL] } }, 'has no command'],
  ...['-1', '0', '99', 'SIGKILL; rm'].map((signal) => [{ StopSignal: signal }, 'is not known'] as const),
];

/** What is nonsense, and harms nobody. */
const HARMLESS: readonly object[] = [
  { Labels: JSON.parse('{"__proto__":"x","constructor":"y"}') as object },
  { Volumes: JSON.parse('{"/__proto__":{}}') as object },
  { WorkingDir: '/a/../../etc' },
  { Healthcheck: { Test: ['EVIL'] } },
  { Env: Array.from({ length: 10_000 }, (_, at) => `A${at}=x`) },
  { OnBuild: ['RUN evil'] },
];

/** Documents that are none. */
const UNREADABLE: readonly (readonly [config: object, top: object, sentence: string])[] = [
  [{ Env: [1] }, {}, 'config.Env[0] is 1'],
  [{ Labels: { a: { b: 'c' } } }, {}, 'config.Labels.a is an object'],
  [
    { Healthcheck: { Test: ['CMD', 'a'], Interval: -1 } },
    {},
    'Interval is -1, but must be a whole number from 0',
  ],
  [{}, { history: 'x' }, 'history is "x"'],
  [{}, { rootfs: { type: 'layers', diff_ids: [] } }, 'digests of 0'],
  [{}, { rootfs: { type: 'layers', diff_ids: ['../../etc'] } }, 'must be sha256:'],
  [
    { ExposedPorts: JSON.parse(`${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`) as object },
    {},
    'nested deeper than',
  ],
];

describe.skipIf(!requires({ root: true }))('the words of an image', () => {
  it(
    'that make no sense are refused in one sentence, and nothing of a container or volume stays',
    withStore(async (runtime, store) => {
      for (const [config, sentence, options = COMMAND] of REFUSED) {
        const image = await load(runtime, store, config);
        await expect(runtime.createContainer({ image, ...options }), JSON.stringify(config)).rejects.toThrow(
          sentence,
        );
      }
      expect(await runtime.containers()).toEqual([]);
      expect(runtime.volumes()).toEqual([]);
      for (const config of HARMLESS) {
        const image = await load(runtime, store, config);
        const container = await runtime.createContainer({ image, ...COMMAND });
        await container.remove({ volumes: true });
      }
      expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('x');
      await runtime.images.prune({ all: true });
    }),
  );

  it(
    'are not taken for a document when they are none',
    withStore(async (runtime, store) => {
      for (const [config, top, sentence] of UNREADABLE)
        await expect(load(runtime, store, config, top)).rejects.toMatchObject({
          code: 'ERR_IMAGE_INVALID',
          message: expect.stringContaining(sentence) as string,
        });
      expect(await runtime.images.list()).toEqual([]);
      await runtime.images.prune();
    }),
  );

  it(
    'do not have a container run what stands over it',
    withStore(async (runtime, store) => {
      const image = await load(runtime, store, { Entrypoint: ['/proc/self/exe'] });
      const { exitCode, stderr } = await runtime.run({ image });
      expect(exitCode).not.toBe(0);
      expect(stderr).toContain('is no command of its own');
      expect(existsSync(store.root)).toBe(true);
      await runtime.images.prune({ all: true });
    }),
  );
});
