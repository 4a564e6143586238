import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/cli/errors.js';
import { linesOfPort, mappingLine, parsePort } from '../../../src/cli/port/mappings.js';

const MAPPINGS = [
  { containerPort: 80, hostPort: 8080, protocol: 'tcp', hostIP: '' },
  { containerPort: 90, hostPort: 9000, protocol: 'udp', hostIP: '127.0.0.1' },
  { containerPort: 80, hostPort: 8081, protocol: 'tcp', hostIP: '::1' },
];

describe('port', () => {
  it('prints mappings as podman does', () => {
    expect(MAPPINGS.map(mappingLine)).toEqual([
      '80/tcp -> 0.0.0.0:8080',
      '90/udp -> 127.0.0.1:9000',
      '80/tcp -> [::1]:8081',
    ]);
  });

  it('finds one port, of TCP unless told otherwise', () => {
    expect(linesOfPort(MAPPINGS, parsePort('80'))).toEqual(['0.0.0.0:8080', '[::1]:8081']);
    expect(linesOfPort(MAPPINGS, parsePort('90/udp'))).toEqual(['127.0.0.1:9000']);
    expect(() => linesOfPort(MAPPINGS, parsePort('90'))).toThrow('failed to find published port "90"');
    expect(linesOfPort([], parsePort('90'))).toEqual([]);
  });

  it.each(['', 'x', '0', '65536', '80/', '80/icmp', '-1', '8e1'])('refuses %j', (word) => {
    expect(() => parsePort(word)).toThrow(UsageError);
  });
});
