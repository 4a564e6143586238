import fc from 'fast-check';
import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  asksForGateway,
  hostsText,
  resolvConfText,
  resolveNames,
  withGateway,
} from '../../../src/spec/network-files.js';

describe('/etc/hosts', () => {
  it('begins with what was asked for', () => {
    const { hostsAdd } = resolveNames({ addHosts: ['db:10.0.0.1', 'six:fe80::1'] });
    expect(hostsText('box', 'web', hostsAdd)).toBe(
      '10.0.0.1\tdb\nfe80::1\tsix\n127.0.0.1\tlocalhost\n::1\tlocalhost\n127.0.0.1\tbox web\n',
    );
  });

  it('has one line for each entry that is let through, whatever it is', () => {
    fc.assert(
      fc.property(fc.string(), (entry) => {
        let hostsAdd: readonly string[] | undefined;
        try {
          ({ hostsAdd } = resolveNames({ addHosts: [`${entry}:1.2.3.4`] }));
        } catch {
          return;
        }
        const lines = hostsText('h', 'n', hostsAdd).split('\n');
        expect(lines).toHaveLength(5);
        // What ends with colons makes an address of IPv6 of it: "a::" is "a" at "::1.2.3.4".
        expect(lines[0]).toMatch(/^[0-9a-fA-F:]*1\.2\.3\.4\t[^\s#]+( [^\s#]+)*$/);
        expect(isIP(lines[0]?.split('\t')[0] ?? '')).not.toBe(0);
      }),
    );
  });

  it.each(['a', ':1.2.3.4', 'a:', 'a:b', 'a b:1.2.3.4', 'a\n:1.2.3.4', 'a;:1.2.3.4', 'a:host-gate'])(
    'has no entry %j',
    (entry) => {
      expect(() => resolveNames({ addHosts: [entry] })).toThrow('addHosts has');
    },
  );

  it('has the address of the host where that is asked for, and all names of one', () => {
    const { hostsAdd = [] } = resolveNames({ addHosts: ['a;b:host-gateway', 'c:::2'] });
    expect(asksForGateway(hostsAdd)).toBe(true);
    const text = hostsText('h', 'n', withGateway(hostsAdd, '10.0.0.1'));
    expect(text.split('\n').slice(0, 2)).toEqual(['10.0.0.1\ta b', '::2\tc']);
    expect(asksForGateway(['c:::2'])).toBe(false);
  });
});

describe('/etc/resolv.conf', () => {
  const host = '# made by somebody\nnameserver 10.0.0.53\nsearch example.com\noptions edns0\n';

  it("is the host's where nothing is asked for", () => {
    expect(resolvConfText(host, resolveNames({}))).toBe(host);
  });

  it('has other lines of the kinds that are asked for, and the rest', () => {
    expect(resolvConfText(host, resolveNames({ dns: ['1.1.1.1', '::1'] }))).toBe(
      '# made by somebody\nsearch example.com\noptions edns0\nnameserver 1.1.1.1\nnameserver ::1\n',
    );
    expect(resolvConfText(host, resolveNames({ dnsSearch: ['a.b', 'c'], dnsOptions: ['ndots:2'] }))).toBe(
      'search a.b c\n# made by somebody\nnameserver 10.0.0.53\noptions ndots:2\n',
    );
  });

  it('has no domains for a search of "."', () => {
    expect(resolvConfText(host, resolveNames({ dnsSearch: ['.'] }))).not.toContain('search');
  });

  it.each([
    [{ dns: ['name'] }, 'dns has "name"'],
    [{ dns: ['none', '1.1.1.1'] }, 'dns is "none"'],
    [{ dns: ['none'], dnsSearch: ['a'] }, 'dns is "none"'],
    [{ dnsSearch: ['a\nnameserver 6.6.6.6'] }, 'dnsSearch has'],
    [{ dnsOptions: ['a b'] }, 'dnsOptions has'],
    [{ addHosts: ['a:1.2.3.4'], noHosts: true }, 'addHosts are given with noHosts'],
  ])('%j is refused', (options, words) => {
    expect(() => resolveNames(options)).toThrow(words);
  });
});
