import { describe, expect, it } from 'vitest';
import { parseFilters, type Surroundings } from '../../../src/cli/ps/filter.js';
import { SAMPLE } from '../../../src/cli/ps/row.js';
import type { ContainerSummary } from '../../../src/index.js';

const minute = (number: number): string => `2026-01-01T00:0${number}:00.000Z`;
const ONE: ContainerSummary = {
  ...{ ...SAMPLE, id: 'a1'.repeat(32), name: 'one', labels: { a: 'b', c: '' }, createdTime: minute(1) },
  ...{ state: 'exited', exitCode: 3, imageId: '11' },
};
const TWO: ContainerSummary = {
  ...{ ...SAMPLE, id: 'b2'.repeat(32), name: 'two', labels: { a: 'z' }, createdTime: minute(2) },
  ...{ state: 'running', health: 'healthy', pod: '77', mounts: [{ source: '/data', destination: '/srv' }] },
};
const THREE: ContainerSummary = {
  ...{ ...SAMPLE, id: 'b3'.repeat(32), name: 'three', createdTime: minute(3), state: 'configured' },
  ...{ networks: ['home'], mounts: [{ source: 'named', destination: '/srv/x' }], imageId: '22' },
};
const AROUND: Surroundings = {
  containers: [ONE, TWO, THREE],
  pods: new Map([['77', 'web']]),
  descendants: new Map([['base', new Set(['11', '22'])]]),
};

function found(...words: string[]): string[] {
  const filters = parseFilters(words, AROUND);
  return AROUND.containers.filter((one) => filters.every(({ fits }) => fits(one))).map(({ name }) => name);
}

describe('the filters of ps', () => {
  it.each([
    [['id=a1'], ['one']],
    [['id=b'], ['two', 'three']],
    [['id=^b.*3$'], ['three']],
    [['name=^t'], ['two', 'three']],
    [
      ['name=one', 'name=two'],
      ['one', 'two'],
    ],
    [['label=a'], ['one', 'two']],
    [['label=a', 'label=c'], ['one']],
    [['label!=a=b'], ['two', 'three']],
    [['network=home'], ['three']],
    [['network=ho'], []],
    [['volume=named'], ['three']],
    [['volume=/srv'], ['two']],
    [['volume=/data:/srv'], ['two']],
    [['volume=/data:/elsewhere'], []],
    [['before=three', 'since=one'], ['two']],
    [['until=2026-01-01T00:02:00Z'], ['one']],
    [['ancestor=base'], ['one', 'three']],
    [['ancestor=other'], []],
    [['health=healthy'], ['two']],
    [['pod=web'], ['two']],
    [['exited=3'], ['one']],
    [
      ['status=created', 'status=running'],
      ['two', 'three'],
    ],
  ])('%j leave %j', (words, names) => {
    expect(found(...words)).toEqual(names);
  });

  it.each([
    ['id=[', 'filter "[" is no regular expression'],
    ['bogus=1', 'bogus is an invalid filter'],
    ['name', 'invalid filter "name": write NAME=VALUE'],
    ['status=odd', 'unknown container state: odd: invalid argument'],
    ['since=nobody', 'no container with name or ID "nobody": no such container'],
  ])('%j is refused: %s', (word, sentence) => {
    expect(() => found(word)).toThrow(sentence);
  });
});
