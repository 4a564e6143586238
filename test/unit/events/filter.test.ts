import { describe, expect, it } from 'vitest';
import { eventTest, type EventFilters } from '../../../src/events/filter.js';
import type { LibpodEvent } from '../../../src/model/event.js';

const EVENT: LibpodEvent = {
  type: 'container',
  status: 'died',
  id: 'abcdef',
  name: 'web',
  image: 'alpine',
  pod: 'feed',
  attributes: { tier: 'front', empty: '' },
  time: new Date(0),
  timeNs: 0n,
  key: 'k',
};

describe('the filters of events', () => {
  it.each<[EventFilters, boolean]>([
    [{}, true],
    [{ container: 'web' }, true],
    [{ container: 'we' }, false],
    [{ container: 'abc' }, true],
    [{ container: '' }, false],
    [{ container: ['other', 'web'] }, true],
    [{ container: 'web', event: 'start' }, false],
    [{ event: ['start', 'died'] }, true],
    [{ event: 'exited' }, true],
    [{ type: 'pod' }, false],
    [{ type: ['pod', 'container'] }, true],
    [{ image: 'alpine' }, true],
    [{ pod: 'fe' }, true],
    [{ pod: 'web' }, false],
    [{ volume: 'web' }, false],
    [{ label: 'tier' }, true],
    [{ label: 'tier=front' }, true],
    [{ label: ['tier=front', 'empty='] }, true],
    [{ label: ['tier=front', 'other'] }, false],
    [{ label: 'toString' }, false],
  ])('%j: %s', (filters, fits) => expect(eventTest(filters)(EVENT)).toBe(fits));

  it.each([{ event: 'bored' }, { type: 'planet' }, { colour: 'red' }])('refuse %j', (filters) => {
    expect(() => eventTest(filters as EventFilters)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
    );
  });
});
