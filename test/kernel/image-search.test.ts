import { describe, expect, it } from 'vitest';
import type { Runtime } from '../../src/index.js';
import { archiveOf } from '../support/archives.js';
import { FakeRegistry } from '../support/fake-registry.js';
import { requires } from '../support/requires.js';
import { withStore } from '../support/store.js';

const LAYER = archiveOf({ name: 'file', data: 'x' });
const plain = { tlsVerify: false, retries: 0 } as const;

/** A registry that answers some paths, with a JSON document and the address of the next page. */
function withAnswers(
  answers: Readonly<Record<string, readonly [document: unknown, next?: string]>>,
  body: (images: Runtime['images'], registry: FakeRegistry) => Promise<void>,
) {
  return withStore(async (runtime) => {
    await using registry = await FakeRegistry.start(LAYER);
    registry.misbehave = ({ url = '' }, response) => {
      const answer = answers[url];
      if (answer === undefined) return false;
      const [document, next] = answer;
      if (next !== undefined) response.setHeader('link', `<${next}>; rel="next"`);
      response.end(typeof document === 'string' ? document : JSON.stringify(document));
      return true;
    };
    await body(runtime.images, registry);
  });
}

describe.skipIf(!requires({ root: true }))('searching registries', () => {
  it(
    'reads a catalog of several pages, and has the whole name first',
    withAnswers(
      {
        '/v2/_catalog': [{ repositories: ['team/app', 'other'] }, '/v2/_catalog?last=other'],
        '/v2/_catalog?last=other': [{ repositories: ['happy', 'app', 7] }],
      },
      async (images, { host }) => {
        const names = async (term: string, limit?: number): Promise<string[]> =>
          (await images.search(`${host}/${term}`, { ...plain, limit })).map(({ name }) => name);
        expect(await names('app')).toEqual(['app', 'team/app', 'happy'].map((name) => `${host}/${name}`));
        expect(await names('')).toHaveLength(4);
        expect(await names('', 3)).toHaveLength(3);
        expect(await images.search(`${host}/other`, plain)).toEqual([
          {
            registry: host,
            name: `${host}/other`,
            description: '',
            stars: 0,
            official: false,
            automated: false,
          },
        ]);
      },
    ),
  );

  it(
    'asks the index of registries that have one',
    withAnswers(
      {
        '/v1/search?q=app&n=25': [
          { results: [{ name: 'app', description: 'An app', star_count: 3, is_official: true }, null] },
        ],
      },
      async (images, { host }) => {
        const [first] = await images.search(`${host}/app`, plain);
        expect(first).toMatchObject({ name: `${host}/app`, description: 'An app', stars: 3, official: true });
      },
    ),
  );

  it(
    'lists the tags of a repository, to the last page but not for ever',
    withAnswers(
      {
        '/v2/app/tags/list': [{ name: 'app', tags: ['1', '2'] }, '/v2/app/tags/list?last=2'],
        '/v2/app/tags/list?last=2': [{ name: 'app', tags: ['3'] }],
        '/v2/circle/tags/list': [{ tags: [] }, '/v2/circle/tags/list'],
        '/v2/none/tags/list': [{ tags: null }],
        '/v2/text/tags/list': ['no JSON'],
        '/v2/away/tags/list': [{ tags: ['1'] }, 'ftp://elsewhere/'],
      },
      async (images, { host }) => {
        const tags = (name: string) => images.tags(`${host}/${name}`, plain);
        expect(await tags('app:7')).toEqual({ name: `${host}/app`, tags: ['1', '2', '3'] });
        expect((await tags('none')).tags).toEqual([]);
        await expect(tags('circle')).rejects.toThrow('more than 1000 pages');
        await expect(tags('text')).rejects.toThrow('the answer is no JSON');
        await expect(tags('away')).rejects.toThrow('which is not secure');
        await expect(tags('nowhere')).rejects.toMatchObject({ code: 'ERR_NO_SUCH_IMAGE' });
      },
    ),
  );

  it(
    'refuses what cannot be looked for',
    withAnswers({}, async (images, { host }) => {
      await expect(images.search('', plain)).rejects.toThrow('there is nothing to search for');
      await expect(images.search(`${host}/`, { ...plain, limit: 101 })).rejects.toThrow('[1, 100]');
      await expect(images.search('UPPER.example/..', plain)).rejects.toMatchObject({ code: 'ERR_REGISTRY' });
      await expect(images.search(`${host}/`, plain)).rejects.toMatchObject({ code: 'ERR_NO_SUCH_IMAGE' });
    }),
  );
});
