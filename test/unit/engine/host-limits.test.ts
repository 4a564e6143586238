import { describe, expect, it } from 'vitest';
import { mayRaiseLimits, parseHardLimits } from '../../../src/engine/host/limits.js';

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max processes             96000                96001                processes 
Max open files            1024                 20000                files     
Max locked memory         8388608              8388609              bytes     
`;

describe('the limits of this process', () => {
  it('are the hard ones that are numbers', () => {
    expect(parseHardLimits(LIMITS)).toEqual({ nproc: 96001, nofile: 20000, memlock: 8388609 });
  });

  it('bound nothing with CAP_SYS_RESOURCE, the 24th', () => {
    expect(mayRaiseLimits('CapPrm:\t0\nCapEff:\t0000000001000000\n')).toBe(true);
    expect(mayRaiseLimits('CapPrm:\t0000000001000000\nCapEff:\t0000000000ffffff\n')).toBe(false);
  });
});
