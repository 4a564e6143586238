import { describe, expect, it } from 'vitest';
import { parseExposed } from '../../../src/engine/options/exposed-ports.js';
import { imageVolumeMounts } from '../../../src/engine/options/image-volumes.js';

const placesOf = (volumes: readonly string[], mounted: readonly string[] = []): string[] =>
  imageVolumeMounts({ mounts: mounted.map((destination) => ({ destination })) }, volumes).map(
    ({ destination }) => destination,
  );

describe('the volumes of an image', () => {
  it('are volumes without a name, each place once, where nothing else is mounted', () => {
    expect(imageVolumeMounts({}, ['/a/'])).toEqual([{ destination: '/a', type: 'volume', options: [] }]);
    expect(placesOf(['/a', '/a/', '//a/./', '/b/../c'])).toEqual(['/a', '/c']);
    expect(placesOf(['/a', '/b'], ['/a/', '/b/.'])).toEqual([]);
    expect(imageVolumeMounts({ imageVolumes: 'ignore' }, ['/proc'])).toEqual([]);
    expect(imageVolumeMounts({ imageVolumes: 'tmpfs' }, ['/a'])[0]).toMatchObject({ type: 'tmpfs' });
  });

  it.each([
    '/',
    '/..',
    '/a/..',
    '',
    '.',
    'data',
    '../../etc',
    '/proc',
    '/proc/',
    '/x/../proc/self',
    '//sys',
    '/dev/shm',
  ])('are refused at %j', (place) => {
    expect(() => placesOf([place])).toThrow('where none may be');
  });
});

describe('exposed ports', () => {
  it('are numbers and ranges with a protocol, each once', () => {
    expect(parseExposed(['80', '80/TCP', '53/udp', '90-91'])).toEqual([
      { containerPort: 80, protocol: 'tcp' },
      { containerPort: 53, protocol: 'udp' },
      { containerPort: 90, protocol: 'tcp' },
      { containerPort: 91, protocol: 'tcp' },
    ]);
  });

  it.each(['', '0', '65536', '80/icmp', '9-8', '1-65535', '-1', '80;81', '8080:80'])(
    'cannot be %j',
    (word) => {
      expect(() => parseExposed([word])).toThrow('cannot be read');
    },
  );
});
