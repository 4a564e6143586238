import type { CreateOptions } from '../../index.js';
import { UsageError } from '../errors.js';
import { parseFullPairs, parseWhole } from './values.js';

/** podman's names of log drivers, but for journald, which is another program's. */
const DRIVERS: readonly NonNullable<CreateOptions['logDriver']>[] = [
  'k8s-file',
  'json-file',
  'none',
  'passthrough',
];

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12, p: 1e15 };

/** A size such as `10mb`: powers of ten here, as podman and docker have it. */
function parseDecimalSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([kmgtp]?)b?$/i.exec(text);
  const size = Math.floor(Number(match?.[1]) * (UNITS[match?.[2]?.toLowerCase() ?? ''] ?? NaN));
  if (Number.isSafeInteger(size)) return size;
  throw new UsageError(`invalid value for log-opt max-size: invalid size: '${text}'; write one such as 10mb`);
}

/** `--log-driver` and `--log-opt path=, max-size=, max-file=, tag=`. */
export function parseLog(flags: {
  readonly logDriver?: string;
  readonly logOpt?: readonly string[];
}): CreateOptions {
  const {
    path,
    'max-size': maxSize,
    'max-file': maxFile,
    tag,
    ...unknown
  } = parseFullPairs('log-opt', flags.logOpt ?? []);
  const [other] = Object.keys(unknown);
  if (other !== undefined)
    throw new UsageError(`--log-opt ${other} is not supported: give path, max-size, max-file or tag`);
  const driver = DRIVERS.find((name) => name === (flags.logDriver ?? 'k8s-file'));
  if (driver === undefined)
    throw new UsageError(
      `log driver ${JSON.stringify(flags.logDriver)} is not supported: give one of ${DRIVERS.join(', ')}`,
    );
  return {
    logDriver: driver,
    ...(path !== undefined && { logPath: path }),
    // podman's -1: it may grow.
    ...(maxSize !== undefined && maxSize !== '-1' && { logMaxSize: parseDecimalSize(maxSize) }),
    ...(maxFile !== undefined && { logMaxFiles: parseWhole('log-opt max-file', maxFile, 1) }),
    ...(tag !== undefined && { logTag: tag }),
  };
}
