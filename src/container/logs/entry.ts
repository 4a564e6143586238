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

const NEWLINE = 0x0a;

/** How a log is written (native/monitor/log_format.h). */
export type LogFormat = 'k8s-file' | 'json-file';

/**
 * Cuts the bytes of a log into entries, wherever the pieces break. Lines of another shape are passed over: a monitor that
 * was killed may have left half of one.
 */
export class LogParser {
  readonly #parse: (line: Buffer) => LogEntry | undefined;
  /** The pieces of a line whose end has not come yet. */
  #pending: Buffer[] = [];

  constructor(format: LogFormat = 'k8s-file') {
    this.#parse = format === 'json-file' ? parseJson : parseK8s;
  }

  /** The entries that are whole with this piece, whose bytes they are views of. */
  push(piece: Buffer): LogEntry[] {
    const entries: LogEntry[] = [];
    const take = (line: Buffer): void => {
      const entry = this.#parse(line);
      if (entry !== undefined) entries.push(entry);
    };
    let end = piece.indexOf(NEWLINE);
    let start = 0;
    if (end >= 0 && this.#pending.length > 0) {
      take(Buffer.concat([...this.#pending, piece.subarray(0, end)]));
      this.#pending = [];
      start = end + 1;
      end = piece.indexOf(NEWLINE, start);
    }
    for (; end >= 0; end = piece.indexOf(NEWLINE, start)) {
      take(piece.subarray(start, end));
      start = end + 1;
    }
    // A copy: the caller may use its piece again.
    if (start < piece.length) this.#pending.push(Buffer.from(piece.subarray(start)));
    return entries;
  }
}

const TIME = '2018-05-01T10:00:00.123456789+00:00'.length;
/** ` stdout F `, after the time. */
const TEXT = TIME + ' stdout F '.length;
const [SPACE, FULL, PARTIAL] = Buffer.from(' FP') as unknown as [number, number, number];

/** An entry of k8s-file: `2018-05-01T10:00:00.123456789+00:00 stdout F the line`. */
function parseK8s(line: Buffer): LogEntry | undefined {
  if (line.length < TEXT || line[TIME] !== SPACE || line[TEXT - 3] !== SPACE || line[TEXT - 1] !== SPACE)
    return undefined;
  const kind = line[TEXT - 2];
  const stream = line.toString('latin1', TIME + 1, TEXT - 3);
  if ((stream !== 'stdout' && stream !== 'stderr') || (kind !== FULL && kind !== PARTIAL)) return undefined;
  return {
    time: line.toString('latin1', 0, TIME),
    stream,
    partial: kind === PARTIAL,
    data: line.subarray(TEXT),
  };
}

const DOCKER_TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/;

/** An entry of json-file, docker's: a full line ends in a newline. */
function parseJson(line: Buffer): LogEntry | undefined {
  let entry: { log?: unknown; stream?: unknown; time?: unknown } | null;
  try {
    entry = JSON.parse(line.toString()) as typeof entry;
  } catch {
    return undefined;
  }
  const { log = '', stream, time } = entry ?? {};
  const moment = typeof time === 'string' ? DOCKER_TIME.exec(time) : null;
  if (typeof log !== 'string' || (stream !== 'stdout' && stream !== 'stderr') || moment === null)
    return undefined;
  const partial = !log.endsWith('\n');
  return {
    time: `${moment[1]}.${(moment[2] ?? '').padEnd(9, '0')}+00:00`,
    stream,
    partial,
    data: Buffer.from(partial ? log : log.slice(0, -1)),
  };
}
