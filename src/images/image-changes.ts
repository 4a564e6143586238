import { LibpodError } from '../base/errors.js';
import { LAST_PORT } from '../base/ip.js';
import { signalNumber } from '../linux/processes/signals.js';
import type { ImageRunConfig } from '../oci/image-spec.js';

function refuse(change: string, why: string): never {
  throw new LibpodError('ERR_INVALID_ARGUMENT', `the change ${JSON.stringify(change)} is not valid: ${why}`);
}

/** A command in one of its two forms: a JSON list of words, or a line for the shell. */
function commandOf(change: string, text: string): readonly string[] {
  if (!text.startsWith('[')) return ['/bin/sh', '-c', text];
  return wordsOf(change, text);
}

function wordsOf(change: string, text: string): readonly string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    refuse(change, 'the list is no JSON');
  }
  if (Array.isArray(value) && value.every((word) => typeof word === 'string')) return value;
  return refuse(change, 'the list must be one of texts');
}

/** Splits `A=b C="d e"` at its blanks; quotes keep them, and a backslash keeps the character behind it. */
function splitWords(text: string): string[] {
  const words = text.match(/(?:[^\s"'\\]|\\[^]|"(?:[^"\\]|\\[^])*"|'[^']*')+/g) ?? [];
  return words.map((word) =>
    word.replaceAll(/\\([^])|"((?:[^"\\]|\\[^])*)"|'([^']*)'/g, (_all, escaped, double, single) =>
      String(escaped ?? single ?? String(double).replaceAll(/\\([^])/g, '$1')),
    ),
  );
}

/** `KEY=VALUE ...`, or `KEY VALUE` for a single one. */
function pairsOf(change: string, text: string): [key: string, value: string][] {
  const single = /^([^\s=]+)\s+([^=]*|[^\s=]+\s.*)$/.exec(text);
  if (single?.[1] !== undefined && !/^[^\s=]+=/.test(text)) return [[single[1], single[2] ?? '']];
  return splitWords(text).map((word) => {
    const at = word.indexOf('=');
    if (at <= 0) refuse(change, 'write KEY=VALUE');
    return [word.slice(0, at), word.slice(at + 1)];
  });
}

function withKeys(
  map: Readonly<Record<string, unknown>> | undefined,
  keys: readonly string[],
): Record<string, unknown> {
  return { ...map, ...Object.fromEntries(keys.map((key) => [key, {}])) };
}

function withEnvironment(
  env: readonly string[] = [],
  pairs: readonly (readonly [string, string])[],
): string[] {
  const changed = new Map(env.map((entry) => [entry.split('=')[0] ?? '', entry]));
  for (const [key, value] of pairs) changed.set(key, `${key}=${value}`);
  return [...changed.values()];
}

/** What each instruction does to a configuration: dockerfile(5). */
const INSTRUCTIONS: Readonly<
  Record<string, (config: ImageRunConfig, text: string, change: string) => ImageRunConfig>
> = {
  CMD: (config, text, change) => ({ ...config, Cmd: commandOf(change, text) }),
  // A command was for the entrypoint before.
  ENTRYPOINT: (config, text, change) => ({ ...config, Entrypoint: commandOf(change, text) }),
  ENV: (config, text, change) => ({ ...config, Env: withEnvironment(config.Env, pairsOf(change, text)) }),
  EXPOSE: (config, text, change) => ({
    ...config,
    ExposedPorts: withKeys(
      config.ExposedPorts,
      splitWords(text).map((port) => {
        const numbers = (/^(\d+(?:-\d+)?)(?:\/(?:tcp|udp|sctp))?$/.exec(port)?.[1] ?? '0').split('-');
        if (numbers.some((number) => Number(number) < 1 || Number(number) > LAST_PORT))
          refuse(change, `${port} is no port: write PORT[/PROTOCOL]`);
        return port.includes('/') ? port : `${port}/tcp`;
      }),
    ),
  }),
  LABEL: (config, text, change) => ({
    ...config,
    Labels: { ...config.Labels, ...Object.fromEntries(pairsOf(change, text)) },
  }),
  ONBUILD: (config, text) => ({ ...config, OnBuild: [...(config.OnBuild ?? []), text] }),
  STOPSIGNAL: (config, text, change) => {
    try {
      signalNumber(text);
    } catch (error) {
      if (!LibpodError.is(error)) throw error;
      refuse(change, error.message);
    }
    return { ...config, StopSignal: text };
  },
  USER: (config, text) => ({ ...config, User: text }),
  VOLUME: (config, text, change) => ({
    ...config,
    Volumes: withKeys(config.Volumes, text.startsWith('[') ? wordsOf(change, text) : splitWords(text)),
  }),
  WORKDIR: (config, text, change) => {
    if (!text.startsWith('/')) refuse(change, 'the directory must be absolute');
    return { ...config, WorkingDir: text };
  },
};

/**
 * Changes what an image says of how it is run, by instructions of a Containerfile: podman-commit(1), `--change`.
 *
 * @param changes `CMD ["/bin/sh"]`, or with `=` in place of the first blank
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function changedConfig(config: ImageRunConfig, changes: readonly string[]): ImageRunConfig {
  let changed = config;
  for (const change of changes) {
    const [, word = '', text = ''] = /^\s*([A-Za-z]+)(?:\s*=\s*|\s+)([^]*?)\s*$/.exec(change) ?? [];
    const instruction = INSTRUCTIONS[word.toUpperCase()];
    if (instruction === undefined)
      refuse(change, `it must be one of ${Object.keys(INSTRUCTIONS).join(', ')}`);
    if (text === '') refuse(change, 'it says nothing');
    changed = instruction(changed, text, change);
  }
  return changed;
}
