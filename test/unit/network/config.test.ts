import { describe, expect, it } from 'vitest';
import { checkNetworkOptions, checkSubnet } from '../../../src/network/config.js';

describe('options of a network', () => {
  it('give the first address of a subnet to the host', () => {
    expect(checkSubnet({ subnet: '10.4.5.6/24' })).toEqual({ subnet: '10.4.5.0/24', gateway: '10.4.5.1' });
    expect(checkSubnet({ subnet: '10.4.5.0/24', gateway: '10.4.5.9' }).gateway).toBe('10.4.5.9');
    expect(checkSubnet({ subnet: 'fd00:1::/64' })).toEqual({ subnet: 'fd00:1::/64', gateway: 'fd00:1::1' });
  });

  it.each([
    [{ name: '-x' }, /network name "-x" must begin/],
    [{ name: 'a/b' }, /network name "a\/b" must begin/],
    [{ name: 'none' }, /a network cannot be called none/],
    [{ name: 'n', subnets: [{ subnet: '10.0.0.0' }] }, /subnet "10.0.0.0" must be ADDRESS\/PREFIX/],
    [{ name: 'n', subnets: [{ subnet: '10.0.0.0/31' }] }, /has no room for a container/],
    [{ name: 'n', subnets: [{ subnet: '10.0.0.0/24', gateway: '10.0.1.1' }] }, /gateway 10.0.1.1 is not in/],
    [{ name: 'n', subnets: [{ subnet: '10.0.0.0/24', gateway: '10.0.0.0' }] }, /first or the last address/],
    [{ name: 'n', subnets: [{ subnet: '10.0.0.0/24', gateway: '10.0.0.255' }] }, /first or the last address/],
    [
      { name: 'n', subnets: [{ subnet: '10.0.0.0/24' }, { subnet: '10.1.0.0/24' }] },
      /two subnets of one family/,
    ],
    [{ name: 'n', mtu: 10 }, /mtu is 10, but must be a whole number of bytes from 68/],
    [{ name: 'n', mtu: 1000, ipv6: true }, /from 1280/],
    [{ name: 'n', interfaceName: 'a name' }, /interface name "a name"/],
    [{ name: 'n', interfaceName: 'sixteen-letters-' }, /interface name/],
  ])('%j are refused', (options, sentence) => {
    expect(() => checkNetworkOptions(options)).toThrow(sentence);
  });
});
