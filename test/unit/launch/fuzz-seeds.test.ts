import { expect, test } from 'vitest';
// @ts-expect-error -- a script without types
import { frameSeeds, programSeeds } from '../../../scripts/fuzz-seeds.mjs';
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
