import { UsageError } from '../errors.js';
import { splitOnce } from '../command.js';
import { readNamedFile } from './values.js';

/** The flags that make a container's environment: podman-run(1). */
export interface EnvironmentFlags {
  readonly env?: readonly string[];
  readonly envFile?: readonly string[];
  readonly envHost?: boolean;
  readonly unsetenv?: readonly string[];
  readonly unsetenvAll?: boolean;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** One word: `NAME=VALUE`, `NAME` with the caller's value if it has one, or `NAME*`, all of the caller's that begin so. */
function readWord(flag: string, word: string, own: Variables): Record<string, string> {
  const [name, value] = splitOnce(word, '=');
  if (name === '')
    throw new UsageError(
      `invalid argument ${JSON.stringify(word)} for "--${flag}" flag: the name is missing`,
    );
  if (value !== undefined) return { [name]: value };
  const wanted = (key: string): boolean =>
    name.endsWith('*') ? key.startsWith(name.slice(0, -1)) : key === name;
  return present(own, wanted);
}

function present(own: Variables, wanted: (name: string) => boolean): Record<string, string> {
  const pairs = Object.entries(own).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return Object.fromEntries(pairs.filter(([name]) => wanted(name)));
}

/**
 * The environment of --env-host, --env-file and --env: a later one wins over an earlier one, and so does a later word of
 * each.
 *
 * @param own the environment of the caller
 */
export function parseEnvironment(
  flags: EnvironmentFlags,
  own: Variables = process.env,
): Record<string, string> {
  const lines = (flags.envFile ?? []).flatMap((file) =>
    readNamedFile('env-file', file)
      .split('\n')
      .map((line) => line.replace(/\r$/, '').trimStart())
      .filter((line) => line !== '' && !line.startsWith('#')),
  );
  const given = [
    flags.envHost ? present(own, () => true) : {},
    ...lines.map((line) => readWord('env-file', line, own)),
    ...(flags.env ?? []).map((word) => readWord('env', word, own)),
  ];
  // Not set one by one, which `__proto__` would not take.
  return Object.fromEntries(given.flatMap((variables) => Object.entries(variables)));
}
