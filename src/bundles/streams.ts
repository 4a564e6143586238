import { fstatSync } from 'node:fs';
import path from 'node:path';
import { LibpodError } from '../base/errors.js';
import { startTicks } from '../linux/processes/processes.js';
import type { JoinedProcess, PreservedDescriptors } from '../launch/request.js';
import { nodeErrorCode } from '../base/errno.js';

/** What a caller says of the streams of a container, or of a process in one. */
export interface StreamOptions {
  /** A socket that gets the terminal's master. */
  readonly consoleSocket?: string | undefined;
  /** How many descriptors from 3 on are passed on, beside those of LISTEN_FDS. */
  readonly preserveFds?: number | undefined;
}

/** Where the streams of a launch come from: parts of a LaunchRequest and of a SessionRequest. */
export interface LaunchStreams {
  readonly consoleSocket?: string;
  readonly passthrough?: JoinedProcess;
  readonly preserve?: PreservedDescriptors;
  readonly stdin: boolean;
  /** What the process is told of the sockets among its descriptors (sd_listen_fds(3)). */
  readonly env: readonly string[];
}

/** As many as the helper takes. */
const MOST_DESCRIPTORS = 64;

/** How many sockets of socket activation this process was given (sd_listen_fds(3)). */
function listenFds(): number {
  const { LISTEN_PID: pid, LISTEN_FDS: count } = process.env;
  return pid !== undefined && Number(pid) === process.pid && /^\d+$/.test(count ?? '') ? Number(count) : 0;
}

/**
 * The streams of a process: those of this one, as they are, or a terminal.
 *
 * @param kept whether this process stays to serve the terminal; else somebody else must be there for its master
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function launchStreams(
  terminal: boolean,
  kept: boolean,
  { consoleSocket, preserveFds = 0 }: StreamOptions,
): LaunchStreams {
  if (terminal && !kept && consoleSocket === undefined)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      'a terminal (process.terminal) needs --console-socket here: nobody would hold its other end',
    );
  if (!terminal && consoleSocket !== undefined)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      '--console-socket is given, but no terminal is asked for: set process.terminal, or leave it out',
    );
  const own = { pid: process.pid, startTicks: startTicks(process.pid) };
  const listening = listenFds();
  const count = listening + preserveFds;
  if (count > MOST_DESCRIPTORS)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `${count} descriptors are to be passed on (--preserve-fds, LISTEN_FDS), but ${MOST_DESCRIPTORS} is the most`,
    );
  const descriptors = Array.from({ length: count }, (_, index) => 3 + index);
  for (const fd of descriptors) requireOpen(fd);
  return {
    stdin: true,
    ...(terminal ? {} : { passthrough: own }),
    ...(consoleSocket === undefined ? {} : { consoleSocket: path.resolve(consoleSocket) }),
    ...(count === 0 ? {} : { preserve: { ...own, descriptors } }),
    env: listening === 0 ? [] : [`LISTEN_FDS=${listening}`, 'LISTEN_PID=1'],
  };
}

function requireOpen(fd: number): void {
  try {
    fstatSync(fd);
  } catch (error) {
    if (nodeErrorCode(error) !== 'EBADF') throw error;
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `descriptor ${fd} is to be passed on (--preserve-fds, LISTEN_FDS), but it is not open`,
    );
  }
}
