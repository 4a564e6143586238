import { expect, test } from 'vitest';
// @ts-expect-error -- a script without types
import { frameSeeds, programSeeds, treeSeeds } from '../../../scripts/fuzz-seeds.mjs';
import { decodeProgram } from '../../../src/launch/encode.js';
import { MessageDecoder } from '../../../src/monitor/codec.js';

type Seeds = () => (readonly [name: string, bytes: Uint8Array])[];

test('the fuzz targets start from programs of today', () => {
  const names = (programSeeds as Seeds)().map(([name, bytes]) => {
    expect(decodeProgram(bytes).clone.length, name).toBeGreaterThan(0);
    return name;
  });
  expect(names).toContain('session');
});

test('the fuzz targets start from frames of today', () => {
  for (const [name, bytes] of (frameSeeds as Seeds)()) {
    const messages = [...new MessageDecoder().push(Buffer.from(bytes.subarray(1)))];
    expect(messages.length, name).toBeGreaterThan(0);
  }
});

test('the fuzz target of trees takes its seeds: they are short enough, and none is like another', () => {
  const seeds = (treeSeeds as Seeds)().map(([, bytes]) => Buffer.from(bytes).toString('hex'));
  expect(seeds.every((hex) => hex.length >= 4 && hex.length <= 512)).toBe(true);
  expect(new Set(seeds).size).toBe(4);
});
