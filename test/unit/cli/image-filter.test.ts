import { describe, expect, it } from 'vitest';
import {
  LIST_FILTERS,
  PRUNE_FILTERS,
  byReference,
  parseImageFilters,
} from '../../../src/cli/image-filter.js';
import type { ImageSummary } from '../../../src/index.js';

const image = (over: object) =>
  ({
    id: 'abc123',
    names: [],
    config: { created: '2024-05-01T00:00:00Z', config: {} },
    ...over,
  }) as unknown as ImageSummary;
const named = (...names: string[]): ImageSummary => image({ names });
const find = () => Promise.resolve(image({}));

describe('a reference', () => {
  const ours = named('registry.example.org:5000/team/app:1.2', 'docker.io/library/alpine:3');
  it.each([
    'alpine',
    'alpine:3',
    'library/alpine',
    'docker.io/library/alpine',
    'al*',
    'team/*',
    'app:1.?',
    '*/team/app:1.2',
    'registry.example.org:5000/team/app',
    'a[lm]pine',
  ])('is found by %s', (text) => expect(byReference(text)(ours)).toBe(true));
  it.each(['alpin', 'pine', 'docker.io/*', 'app:1', 'a.pine', '5000/team/app', ''])(
    'is not found by %s',
    (text) => expect(byReference(text)(ours)).toBe(false),
  );
});

describe('the filters of images', () => {
  const match = async (words: string[], one: ImageSummary): Promise<boolean> =>
    (await parseImageFilters(words, LIST_FILTERS, find)).every((filter) => filter(one));

  it('ask for labels, all of them, and for one of the others of a name', async () => {
    const labelled = image({ config: { config: { Labels: { a: '1', b: '2' } } } });
    expect(await match(['label=a', 'label=b=2'], labelled)).toBe(true);
    expect(await match(['label=a', 'label=b=3'], labelled)).toBe(false);
    expect(await match(['label!=c'], labelled)).toBe(true);
    expect(await match(['id=ffff', 'id=abc'], labelled)).toBe(true);
    expect(await match(['label=toString'], labelled)).toBe(false);
  });

  it('ask for the containers of an image, of which none is of another program, and for indexes, which are not kept', async () => {
    const used = image({ containers: ['c'] });
    const words = [
      'containers=true',
      'containers=false',
      'containers=external',
      'manifest=true',
      'manifest=0',
    ];
    expect(await Promise.all(words.map((word) => match([word], used)))).toEqual([
      true,
      false,
      false,
      false,
      true,
    ]);
    await expect(match(['containers=x'], used)).rejects.toThrow('give true or false');
  });

  it('ask for age, for names, and for being older or younger than another image', async () => {
    const older = image({ config: { created: '2023-01-01T00:00:00Z' } });
    const ageless = image({ config: {} });
    expect(await match(['until=2024-01-01T00:00:00Z'], older)).toBe(true);
    expect(await match(['until=2022-01-01T00:00:00Z'], older)).toBe(false);
    expect(await match(['until=1h'], ageless)).toBe(true);
    expect([await match(['before=x'], older), await match(['since=x'], older)]).toEqual([true, false]);
    expect([await match(['dangling=true'], older), await match(['dangling=0'], older)]).toEqual([
      true,
      false,
    ]);
    expect(await match(['readonly=true'], older)).toBe(false);
  });

  it('are refused if they are none, or not those of the command', async () => {
    await expect(match(['label'], image({}))).rejects.toThrow('write NAME=VALUE');
    await expect(match(['size=3'], image({}))).rejects.toThrow('"size" is an invalid image filter');
    await expect(match(['dangling=maybe'], image({}))).rejects.toThrow('give true or false');
    await expect(match(['reference=[z-a]'], image({}))).rejects.toThrow('no pattern');
    await expect(parseImageFilters(['dangling=true'], PRUNE_FILTERS, find)).rejects.toThrow(
      'invalid image filter',
    );
  });
});
