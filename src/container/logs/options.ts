import { anything, flag, number, object, oneOf, text, type Shape } from '../../spec/shape.js';

/** What to read of a log. */
export interface LogOptions {
  /** Goes on until the container has ended and its last byte was read, or until the moment of `until`. */
  readonly follow?: boolean | undefined;
  /** Only the last lines of what is there; what the other options leave out of them is not made up for, as with podman. */
  readonly tail?: number | undefined;
  /** Only entries from this moment on, or before that one. */
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  /** Only one of the outputs. */
  readonly stream?: 'stdout' | 'stderr' | undefined;
  /** Ends the reading. */
  readonly signal?: AbortSignal | undefined;
}

/** How entries of a log are put together to the text that a container wrote. */
export interface LogTextOptions {
  /** Puts the moment in front of each line. */
  readonly timestamps?: boolean | undefined;
  /** Stands in front of each line, before the moment. */
  readonly prefix?: string | undefined;
}

/** A date that is none would compare as false with every entry, and so show nothing. */
const moment: Shape = (value) =>
  value instanceof Date && !Number.isNaN(value.getTime())
    ? undefined
    : { at: [], problem: 'must be a valid Date' };

const LOG_MEMBERS: Readonly<Record<keyof LogOptions, Shape>> = {
  follow: flag,
  tail: number,
  since: moment,
  until: moment,
  stream: oneOf('stdout', 'stderr'),
  signal: anything,
};

export const LOG_OPTIONS = object<LogOptions>(LOG_MEMBERS);
export const LOG_STREAM_OPTIONS = object<LogOptions & LogTextOptions>({
  ...LOG_MEMBERS,
  timestamps: flag,
  prefix: text,
});
