import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Runtimes, type RuntimeChoices } from '../../../src/runtimes/runtimes.js';

const BUILTIN = { name: 'libpod' } as never;
const directory = mkdtempSync(path.join(tmpdir(), 'libpod-runtimes-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, mode: number): string {
  const place = path.join(directory, name);
  writeFileSync(place, '#!/bin/sh\n');
  chmodSync(place, mode);
  return place;
}

function runtimes(choices: RuntimeChoices = {}): Runtimes {
  return new Runtimes(BUILTIN, undefined as never, choices);
}

describe('the choice of an OCI runtime', () => {
  const mine = file('mine', 0o755);
  const plain = file('plain', 0o644);
  const nowhere = path.join(directory, 'nowhere');

  it('is the built-in one, the one of the engine, or the one of the container', () => {
    expect(runtimes().choose()).toEqual({ runtimeName: 'libpod' });
    expect(runtimes({ runtime: mine }).choose()).toEqual({ runtimeName: mine, runtimePath: mine });
    expect(runtimes({ runtime: mine }).choose('libpod')).toEqual({ runtimeName: 'libpod' });
    expect(runtimes().of({ runtimeName: 'libpod' })).toBe(BUILTIN);
    expect(runtimes().of({ runtimeName: 'crun', runtimePath: mine }).name).toBe('crun');
  });

  it('is the first of a table that can be executed', () => {
    const table = { runtimes: { own: [nowhere, plain, mine] } };
    expect(runtimes(table).choose('own')).toEqual({ runtimeName: 'own', runtimePath: mine });
  });

  it.each([
    [{}, nowhere, 'ERR_NOT_FOUND', `there is no OCI runtime ${nowhere}`],
    [
      {},
      'no-such-runtime',
      'ERR_NOT_FOUND',
      'OCI runtime "no-such-runtime" was not found, neither in /usr/bin',
    ],
    [{ runtimes: { own: [nowhere] } }, 'own', 'ERR_NOT_FOUND', `was not found at ${nowhere} (runtimes)`],
    [
      { runtimes: { own: [plain] } },
      'own',
      'ERR_INVALID_ARGUMENT',
      `OCI runtime own (${plain}) is no file that`,
    ],
    [{}, plain, 'ERR_INVALID_ARGUMENT', `OCI runtime ${plain} is no file that can be executed`],
    [{}, directory, 'ERR_INVALID_ARGUMENT', `OCI runtime ${directory} is no file that can be executed`],
    [{}, './crun', 'ERR_INVALID_ARGUMENT', 'OCI runtime "./crun" is neither a name nor an absolute path'],
    [{}, '', 'ERR_INVALID_ARGUMENT', 'OCI runtime "" is neither a name nor an absolute path'],
  ])('%o refuses %s', (choices: RuntimeChoices, asked, code, words) => {
    const choose = () => runtimes(choices).choose(asked);
    expect(choose).toThrow(expect.objectContaining({ code }));
    expect(choose).toThrow(words);
  });

  it.each([
    [{ runtimes: { libpod: ['/x'] } }, 'runtimes has the name "libpod"'],
    [{ runtimes: { 'a/b': ['/x'] } }, 'runtimes has the name "a/b"'],
    [{ runtimes: { own: ['bin/x'] } }, 'runtimes.own has "bin/x", which is no absolute path'],
    [{ runtimeTimeout: 0 }, 'runtimeTimeout is 0'],
    [{ runtime: 'no-such-runtime' }, 'was not found'],
  ])('an engine refuses %o', (choices, words) => {
    expect(() => runtimes(choices)).toThrow(words);
  });
});
