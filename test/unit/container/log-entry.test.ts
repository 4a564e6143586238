import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogParser, type LogEntry } from '../../../src/container/logs/entry.js';

const TIME = '2026-11-23T15:47:17.896656042+00:00';

const entry: fc.Arbitrary<LogEntry> = fc.record({
  time: fc.constant(TIME),
  stream: fc.constantFrom('stdout', 'stderr'),
  partial: fc.boolean(),
  data: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 0x0a))),
});

function write({ time, stream, partial, data }: LogEntry): Buffer {
  return Buffer.concat([Buffer.from(`${time} ${stream} ${partial ? 'P' : 'F'} `), data, Buffer.from('\n')]);
}

function parse(...pieces: Buffer[]): LogEntry[] {
  const parser = new LogParser();
  return pieces.flatMap((piece) => [...parser.push(piece)]);
}

describe('a k8s-file log', () => {
  it('is read entry by entry, wherever the pieces break', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 10 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (entries, cuts) => {
          const bytes = Buffer.concat(entries.map(write));
          const places = [
            0,
            ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b),
            bytes.length,
          ];
          const read = parse(
            ...places.slice(1).map((end, at) => Buffer.from(bytes.subarray(places[at], end))),
          );
          expect(read).toEqual(entries);
        },
      ),
    );
  });

  it('keeps what it has handed out when more comes', () => {
    const parser = new LogParser();
    const piece = write({ time: TIME, stream: 'stdout', partial: false, data: Buffer.from('first') });
    const [first] = [...parser.push(piece)];
    const more = [
      ...parser.push(write({ time: TIME, stream: 'stdout', partial: false, data: Buffer.from('other') })),
    ];
    expect(more).toHaveLength(1);
    expect(first?.data.toString()).toBe('first');
  });

  it('has spaces in a line, lines without text, and any bytes', () => {
    expect(parse(Buffer.from(`${TIME} stdout F  a  b \n${TIME} stderr P \n`))).toEqual([
      { time: TIME, stream: 'stdout', partial: false, data: Buffer.from(' a  b ') },
      { time: TIME, stream: 'stderr', partial: true, data: Buffer.alloc(0) },
    ]);
  });

  it.each(['', 'x', `${TIME} stdout`, `${TIME} stdin F x`, `${TIME} stdout X x`, '   '])(
    'passes over a line that is none: %j',
    (line) => {
      const good = write({ time: TIME, stream: 'stdout', partial: false, data: Buffer.from('good') });
      expect(
        parse(Buffer.concat([Buffer.from(`${line}\n`), good])).map(({ data }) => data.toString()),
      ).toEqual(['good']);
    },
  );

  it('holds back the line that a killed monitor left half written', () => {
    expect(
      parse(Buffer.from(`${TIME} stdout F whole\n${TIME} stdout F hal`)).map(({ data }) => data.toString()),
    ).toEqual(['whole']);
  });

  it('never breaks the parser', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (garbage) =>
        Array.isArray(parse(...garbage.map((bytes) => Buffer.from(bytes)))),
      ),
    );
  });
});
