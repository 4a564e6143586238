import path from 'node:path';
import { LibpodError } from '../../base/errors.js';
import type { ContainerConfig } from '../../model/config.js';
import { unknownTagFields } from '../../spec/log-tag.js';
import type { CreateOptions } from './options.js';

const DRIVERS: readonly ContainerConfig['logDriver'][] = ['k8s-file', 'json-file', 'none', 'passthrough'];
/** The log that grows, and the one before it. */
const DEFAULT_FILES = 2;
const MOST_FILES = 1000;
/** What its entry has room for beside a line (native/monitor/log.h). */
const LONGEST_TAG = 4096;

type LogConfig = Pick<ContainerConfig, 'logDriver' | 'logPath' | 'logMaxSize' | 'logMaxFiles' | 'logTag'>;

function refuse(why: string): never {
  throw new LibpodError('ERR_INVALID_ARGUMENT', why);
}

function checkCount(what: string, value: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < 1 || value > most)
    refuse(`${what} is ${value}, but must be a whole number from 1 to ${most}`);
}

/**
 * The part of a configuration that says where output goes.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT for a driver that does not exist, or cannot do what is asked of it
 */
export function logConfig(options: CreateOptions, terminal: boolean): LogConfig {
  const { logDriver = 'k8s-file', logPath, logMaxSize, logMaxFiles, logTag } = options;
  if (!DRIVERS.includes(logDriver))
    refuse(`log driver ${JSON.stringify(logDriver)} is not known: give one of ${DRIVERS.join(', ')}`);
  const keeps = logDriver === 'k8s-file' || logDriver === 'json-file';
  const given = Object.entries({ logPath, logMaxSize, logMaxFiles, logTag }).find(
    ([, value]) => value !== undefined,
  );
  if (!keeps && given !== undefined)
    refuse(`${given[0]} is of no use with the log driver ${logDriver}, which keeps no file`);
  if (logDriver === 'passthrough' && terminal)
    refuse('the log driver passthrough cannot be used on a TTY: leave out terminal, or give another driver');
  if (logMaxSize !== undefined) checkCount('logMaxSize', logMaxSize, Number.MAX_SAFE_INTEGER);
  if (logMaxFiles !== undefined) checkCount('logMaxFiles', logMaxFiles, MOST_FILES);
  if (logMaxFiles !== undefined && logMaxSize === undefined)
    refuse('logMaxFiles is of use only with logMaxSize: without it there is one file');
  if (logTag !== undefined) {
    if (logDriver !== 'json-file')
      refuse(`the log driver ${logDriver} has no tags: leave the tag out, or use json-file`);
    const [unknown] = unknownTagFields(logTag);
    if (unknown !== undefined)
      refuse(`${unknown} is no field of a log's tag: give {{.ID}}, {{.FullID}}, {{.Name}} or {{.ImageName}}`);
    if (Buffer.byteLength(logTag) > LONGEST_TAG) refuse(`a log's tag has at most ${LONGEST_TAG} bytes`);
  }
  return {
    logDriver,
    logPath: logPath === undefined ? '' : path.resolve(logPath),
    ...(logMaxSize !== undefined && { logMaxSize, logMaxFiles: logMaxFiles ?? DEFAULT_FILES }),
    ...(logTag !== undefined && logTag !== '' && { logTag }),
  };
}
