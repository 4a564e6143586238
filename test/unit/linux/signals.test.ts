import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { signalName, signalNumber } from '../../../src/linux/processes/signals.js';

describe('a signal', () => {
  it.each([
    ['KILL', 9],
    ['SIGKILL', 9],
    ['sigterm', 15],
    ['term', 15],
    [1, 1],
    ['64', 64],
    ['RTMIN', 34],
    ['SIGRTMIN+3', 37],
    ['rtmax', 64],
    ['RTMAX-2', 62],
  ])('%s is number %i', (given, number) => {
    expect(signalNumber(given)).toBe(number);
  });

  it.each([
    '',
    '0',
    0,
    -1,
    65,
    '65',
    'NOPE',
    'SIG',
    'RTMIN+31',
    'RTMAX+1',
    'RTMIN-1',
    '1.5',
    1.5,
    NaN,
    '9 ',
    '0x9',
    '__proto__',
    'toString',
  ])('%s is none', (given) => {
    expect(() => signalNumber(given)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }));
  });

  it('has one name for each number, which leads back to it', () => {
    for (let number = 1; number <= 64; number++) {
      if (number === 32 || number === 33) continue; // glibc keeps these two for itself (signal(7))
      expect(signalNumber(signalName(number))).toBe(number);
    }
    for (const [name, number] of Object.entries(constants.signals)) expect(signalNumber(name)).toBe(number);
  });
});
