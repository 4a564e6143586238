import { describe, expect, it } from 'vitest';
import { parseCpu, parseIo, parseNetDev } from '../../../src/container/stats.js';

describe('the files of stats', () => {
  it('tell processor time in either version', () => {
    expect(parseCpu('123456789\n')).toBe(123_456_789);
    expect(parseCpu('usage_usec 1500\nuser_usec 1000\nsystem_usec 500\n')).toBe(1_500_000);
  });

  it('tell what block devices gave and took in either version', () => {
    expect(parseIo('8:0 Read 4096\n8:0 Write 512\n8:0 Sync 1\n8:16 Read 4\nTotal 4613\n')).toEqual({
      read: 4100,
      written: 512,
    });
    expect(
      parseIo('8:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n8:16 rbytes=1 wbytes=2\n'),
    ).toEqual({
      read: 11,
      written: 22,
    });
    expect(parseIo('')).toEqual({ read: 0, written: 0 });
  });

  it('tell the bytes of every interface but the loopback', () => {
    const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 1000 1 0 0 0 0 0 0 1000 1 0 0 0 0 0 0
  eth0: 20 1 0 0 0 0 0 0 30 1 0 0 0 0 0 0
  eth1:4 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0
`;
    expect(parseNetDev(text)).toEqual({ received: 24, sent: 35 });
  });
});
