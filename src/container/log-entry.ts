/** One entry of a container's log. */
export interface LogEntry {
  /** RFC 3339, nanoseconds, UTC. */
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  /** Whether the line goes on in the next entry of this stream. */
  readonly partial: boolean;
  /** The bytes of the line, without a newline. */
  readonly data: Buffer;
}

const SPACE = 0x20;
const NEWLINE = 0x0a;

/**
 * Cuts the bytes of a k8s-file log into entries, wherever the pieces break:
 *
 *     2018-05-01T10:00:00.123456789+00:00 stdout F the line
 *
 * Lines of another shape are passed over: a monitor that was killed may have left half of one.
 */
export class LogParser {
  #pending: Buffer = Buffer.alloc(0);

  *push(piece: Buffer): Generator<LogEntry> {
    const bytes = this.#pending.length === 0 ? piece : Buffer.concat([this.#pending, piece]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      const entry = parseEntry(bytes.subarray(start, end));
      if (entry !== undefined) yield entry;
      start = end + 1;
    }
    this.#pending = Buffer.from(bytes.subarray(start));
  }
}

function parseEntry(line: Buffer): LogEntry | undefined {
  const first = line.indexOf(SPACE);
  const second = line.indexOf(SPACE, first + 1);
  const third = line.indexOf(SPACE, second + 1);
  if (first < 0 || second < 0 || third < 0) return undefined;
  const stream = line.toString('latin1', first + 1, second);
  const tag = line.toString('latin1', second + 1, third);
  if ((stream !== 'stdout' && stream !== 'stderr') || (tag !== 'F' && tag !== 'P')) return undefined;
  return {
    time: line.toString('latin1', 0, first),
    stream,
    partial: tag === 'P',
    data: line.subarray(third + 1),
  };
}
