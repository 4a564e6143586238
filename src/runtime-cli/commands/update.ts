import { readFileSync } from 'node:fs';
import { fileError } from '../../base/errno.js';
import { updateContainer } from '../../bundles/update.js';
import type { LinuxResources } from '../../oci/runtime-spec.js';
import { validateRuntimeSpec } from '../../oci/validate.js';
import { usage, type Flags, type Values } from '../arguments.js';
import { command, containerOf } from '../command.js';

const FLAGS = {
  resources: { type: 'string', short: 'r', about: 'a file with the limits as JSON, or - for stdin' },
  memory: { type: 'string', about: 'bytes' },
  'memory-reservation': { type: 'string', about: 'bytes' },
  'memory-swap': { type: 'string', about: 'bytes of memory and swap together; -1 for any' },
  'cpu-period': { type: 'string', about: 'microseconds' },
  'cpu-quota': { type: 'string', about: 'microseconds in each period; -1 for any' },
  'cpu-share': { type: 'string', about: 'a share against others, 2 to 262144' },
  'cpuset-cpus': { type: 'string', about: 'processors, such as 0-1,3' },
  'cpuset-mems': { type: 'string', about: 'nodes of memory' },
  'pids-limit': { type: 'string', about: 'how many processes; -1 for any' },
  'blkio-weight': { type: 'string', about: '10 to 1000' },
} as const satisfies Flags;

function number(flag: keyof typeof FLAGS, values: Values<typeof FLAGS>): number | undefined {
  const text = values[flag];
  if (text === undefined) return undefined;
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  throw usage(`invalid value ${JSON.stringify(text)} for --${flag}: give a whole number`);
}

/** The members of an object that are given; undefined if none is. */
function given<T extends object>(object: T): T | undefined {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as T);
}

function resourcesOfFlags(values: Values<typeof FLAGS>): unknown {
  const of = (flag: keyof typeof FLAGS): number | undefined => number(flag, values);
  const limit = of('pids-limit');
  return given({
    memory: given({
      limit: of('memory'),
      reservation: of('memory-reservation'),
      swap: of('memory-swap'),
    }),
    cpu: given({
      period: of('cpu-period'),
      quota: of('cpu-quota'),
      shares: of('cpu-share'),
      cpus: values['cpuset-cpus'],
      mems: values['cpuset-mems'],
    }),
    pids: limit === undefined ? undefined : { limit },
    blockIO: given({ weight: of('blkio-weight') }),
  });
}

function resourcesOfFile(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw fileError(`read the resources ${file}`, error);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw usage(`${file}: resources are not JSON (${(error as Error).message})`);
  }
}

/** Checks limits as those of a specification, which the error names by their place in one. */
function check(resources: unknown, where: string): LinuxResources {
  const spec = {
    ociVersion: '1.0.2',
    process: { user: { uid: 0, gid: 0 }, args: ['true'], cwd: '/' },
    root: { path: '/' },
    linux: { namespaces: [{ type: 'mount' }], resources },
  };
  return validateRuntimeSpec(spec, where).linux?.resources ?? {};
}

export const definition = command({
  flags: FLAGS,
  words: 'CONTAINER-ID',
  async run(values, words, globals) {
    const files = containerOf(words, globals);
    const { resources: file } = values;
    const asked = file === undefined ? resourcesOfFlags(values) : resourcesOfFile(file);
    if (asked === undefined) throw usage('no limit is given: name one, or give --resources');
    await updateContainer(files, check(asked, file ?? 'the flags of update'));
    return 0;
  },
});
