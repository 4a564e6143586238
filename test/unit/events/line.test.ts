import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventLine, nowInNanoseconds, parseEventLine, subjectMembers } from '../../../src/events/line.js';
import { EVENT_STATUSES, EVENT_TYPES } from '../../../src/model/event.js';

const words = fc.record({
  status: fc.constantFrom(...EVENT_STATUSES),
  key: fc.string(),
  time: fc.bigInt({ min: 0n, max: 2n ** 62n }).map(String),
  exitCode: fc.option(fc.integer(), { nil: undefined }),
  generation: fc.option(fc.nat(), { nil: undefined }),
  healthStatus: fc.option(fc.string(), { nil: undefined }),
});
const subject = fc.record({
  type: fc.constantFrom(...EVENT_TYPES),
  id: fc.string(),
  name: fc.string({ unit: 'binary' }),
  image: fc.option(fc.string(), { nil: undefined }),
  pod: fc.option(fc.string(), { nil: undefined }),
  attributes: fc.dictionary(
    fc.string().filter((key) => key !== '__proto__'),
    fc.string({ unit: 'binary' }),
    {
      noNullPrototype: true,
    },
  ),
});

describe('a line of the journal of events', () => {
  it('says what it was given, on one line', () => {
    fc.assert(
      fc.property(words, subject, (said, whom) => {
        const line = eventLine(said, subjectMembers(whom));
        expect(line.indexOf('\n')).toBe(line.length - 1);
        const { time, timeNs, ...event } = parseEventLine(line.trimEnd()) ?? expect.fail('no event');
        expect(String(timeNs)).toBe(said.time);
        expect(time.getTime()).toBe(Number(timeNs / 1_000_000n));
        const { time: _, ...rest } = said;
        expect(event).toEqual(JSON.parse(JSON.stringify({ ...rest, ...whom })));
      }),
    );
  });

  it('is found behind one that was cut short, whatever the labels say', () => {
    fc.assert(
      fc.property(words, subject, words, subject, fc.nat(), (said, whom, before, other, cut) => {
        const line = eventLine(said, subjectMembers(whom)).trimEnd();
        const broken = eventLine(before, subjectMembers(other));
        const torn = broken.slice(0, cut % (broken.length - 2));
        expect(parseEventLine(torn + line)?.key).toBe(said.key);
      }),
    );
  });

  it.each(['', '{}', '{"version":1,"time":"1"}', '{"version":1,"time":"x","event":"died"}', '{"version":2}'])(
    'is none: %j',
    (text) => expect(parseEventLine(text)).toBeUndefined(),
  );

  it('has the time of now', () => {
    expect(nowInNanoseconds()).toMatch(/^\d{19}$/);
    expect(Math.abs(Number(BigInt(nowInNanoseconds()) / 1_000_000n) - Date.now())).toBeLessThan(60_000);
  });
});
