import { describe, expect, it } from 'vitest';
import { NETWORK_CREATE_OPTIONS } from '../../../src/engine/options/shapes.js';
import { requireShape } from '../../../src/spec/shape.js';

describe('the options of createNetwork', () => {
  it.each([
    ['a name that is no object', 'home', 'createNetwork'],
    ['a driver that is none', { driver: 'brigde' }, 'bridge'],
    ['a name of another type', { name: 7 }, 'name'],
    ['an option that is none', { subnet: '10.0.0.0/24' }, 'subnets'],
    ['a subnet that is no object', { subnets: ['10.0.0.0/24'] }, 'subnets'],
  ])('are refused for %s', (_, options, named) => {
    expect(() => requireShape('createNetwork', NETWORK_CREATE_OPTIONS, options)).toThrow(named);
  });

  it('are all taken', () => {
    const options = {
      ...{
        name: 'a',
        driver: 'macvlan',
        subnets: [{ subnet: '10.0.0.0/24', gateway: '10.0.0.1' }],
        ipv6: true,
      },
      ...{
        internal: false,
        mtu: 1400,
        interfaceName: 'b',
        parent: 'eth0',
        mode: 'bridge',
        labels: { a: 'b' },
      },
    };
    expect(() => requireShape('createNetwork', NETWORK_CREATE_OPTIONS, options)).not.toThrow();
  });
});
