import { appendFileSync } from 'node:fs';
import { fileError } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';
import { writeAll } from './write-out.js';

/** Where messages go: podman and conmon read errors from the log, containerd too. */
export interface Log {
  error(message: string): void;
  warning(message: string): void;
  debug(message: string): void;
}

type Level = 'error' | 'warning' | 'debug';

const LINES = {
  json: (level: Level, msg: string): string => JSON.stringify({ level, msg, time: new Date().toISOString() }),
  text: (level: Level, msg: string): string =>
    `time="${new Date().toISOString()}" level=${level} msg=${JSON.stringify(msg)}`,
};

/**
 * The log of runc's flags --log, --log-format and --debug: lines as its library logrus writes them, in the file; an error
 * stands on stderr too, plainly where no format is asked for.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT; what the kernel says where the file cannot be written
 */
export function openLog(flags: {
  readonly log?: string | undefined;
  readonly 'log-format'?: string | undefined;
  readonly debug?: boolean | undefined;
}): Log {
  const { log: file, 'log-format': format = 'text', debug = false } = flags;
  if (format !== 'text' && format !== 'json')
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `unknown log-format ${JSON.stringify(format)}: give text or json`,
    );
  const plain = file === undefined || file === '';
  const append = (text: string): void => {
    if (!plain) appendFileSync(file, text, { mode: 0o644 });
  };
  try {
    append('');
  } catch (error) {
    throw fileError(`write the log ${file}`, error);
  }
  const tell = (level: Level, message: string): void => {
    const line = LINES[format](level, message);
    append(`${line}\n`);
    if (level === 'error' && (!plain || flags['log-format'] === undefined))
      writeAll(2, `libpod-oci: ${message}\n`);
    else if (plain) writeAll(2, `${line}\n`);
  };
  return {
    error: (message) => tell('error', message),
    warning: (message) => tell('warning', message),
    debug: (message) => {
      if (debug) tell('debug', message);
    },
  };
}
