import { constants } from 'node:os';
import { LibpodError } from '../../base/errors.js';

/** The real-time signals of glibc: SIGRTMIN is 34, SIGRTMAX 64 (signal(7)). */
const RTMIN = 34;
const RTMAX = 64;

/**
 * The number of a signal given as podman takes it: `KILL`, `SIGKILL`, `kill`, `9`, 9, `RTMIN+3`.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function signalNumber(signal: string | number): number {
  const text = String(signal).toUpperCase();
  const name = text.startsWith('SIG') ? text : `SIG${text}`;
  const known = (constants.signals as Record<string, number>)[name];
  if (known !== undefined) return known;
  const realTime = /^SIGRT(MIN|MAX)(?:([+-])(\d+))?$/.exec(name);
  const offset = realTime?.[3] === undefined ? 0 : Number(`${realTime[2] ?? ''}${realTime[3]}`);
  const number = realTime
    ? (realTime[1] === 'MIN' ? RTMIN : RTMAX) + offset
    : /^\d+$/.test(text)
      ? Number(text)
      : NaN;
  if (Number.isInteger(number) && number >= (realTime ? RTMIN : 1) && number <= RTMAX) return number;
  throw new LibpodError(
    'ERR_INVALID_ARGUMENT',
    `signal ${JSON.stringify(signal)} is not known: give a name such as TERM or a number from 1 to ${RTMAX}`,
  );
}

/** The name of a signal number, such as `SIGTERM`. */
export function signalName(number: number): string {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  if (found) return found[0];
  return number >= RTMIN && number <= RTMAX ? `SIGRTMIN+${number - RTMIN}` : `signal ${number}`;
}
