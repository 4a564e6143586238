import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { DEFAULT_PATH } from '../../base/default-path.js';
import { LibpodError } from '../../base/errors.js';

/** Where plugins are, as podman looks for them: containers.conf(5), cni_plugin_dirs. */
export const PLUGIN_DIRECTORIES = [
  '/usr/local/libexec/cni',
  '/usr/libexec/cni',
  '/usr/local/lib/cni',
  '/usr/lib/cni',
  '/opt/cni/bin',
];

/** What a plugin may take, and say. */
export const PLUGIN_TIMEOUT_MS = 60_000;
const MOST_OUTPUT = 1 << 20;
const MOST_WORDS = 300;

export type CniCommand = 'ADD' | 'CHECK' | 'DEL';

/** Whom a plugin is run for: CNI specification, "Parameters". */
export interface PluginTarget {
  readonly containerId: string;
  /** A path of the network namespace. */
  readonly namespace: string;
  readonly interface: string;
  /** `KEY=VALUE;...`. */
  readonly args: string;
}

/**
 * Where a plugin's program is.
 *
 * @throws LibpodError ERR_CNI if it is nowhere
 */
export function findPlugin(type: string, directories: readonly string[]): string {
  for (const directory of directories) {
    const file = path.join(directory, type);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      continue;
    }
  }
  throw new LibpodError(
    'ERR_CNI',
    `there is no CNI plugin ${type} in ${directories.join(', ')}: install it, or name its directory`,
  );
}

/** The environment of a plugin: what it is to do for whom, and a PATH to find iptables by. */
export function pluginEnvironment(
  command: CniCommand,
  { containerId, namespace, interface: name, args }: PluginTarget,
  directories: readonly string[],
): Record<string, string> {
  return {
    PATH: DEFAULT_PATH,
    CNI_COMMAND: command,
    CNI_CONTAINERID: containerId,
    CNI_NETNS: namespace,
    CNI_IFNAME: name,
    CNI_ARGS: args,
    CNI_PATH: directories.join(':'),
  };
}

/** One line of what a program said: it ends up in a sentence. */
function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, MOST_WORDS);
}

/** What a plugin says of its failure: CNI specification, "Error". */
function reasonOf(stdout: string, stderr: string, error: Error): string {
  try {
    const said = JSON.parse(stdout) as { msg?: unknown; details?: unknown } | null;
    if (typeof said?.msg === 'string')
      return oneLine(`${said.msg}${typeof said.details === 'string' ? `: ${said.details}` : ''}`);
  } catch {
    // It says what it says.
  }
  return oneLine(stderr) || oneLine(stdout) || oneLine(error.message.split('\n')[0] ?? '');
}

/**
 * Runs a plugin to its end.
 *
 * @param network the list's name, for messages
 * @returns what it answered; undefined if nothing
 * @throws LibpodError ERR_CNI with its own words, or if it does not end, or answers what is not JSON
 */
export function runPlugin(
  file: string,
  network: string,
  environment: Readonly<Record<string, string>>,
  input: unknown,
): Promise<unknown> {
  const what = `CNI plugin ${path.basename(file)} of network ${network}`;
  const command = environment['CNI_COMMAND'] ?? '';
  return new Promise((resolve, reject) => {
    const options = {
      env: environment,
      timeout: PLUGIN_TIMEOUT_MS,
      killSignal: 'SIGKILL',
      maxBuffer: MOST_OUTPUT,
    } as const;
    const child = execFile(file, options, (error, stdout, stderr) => {
      const refuse = (why: string): void =>
        reject(new LibpodError('ERR_CNI', `${what} ${why}`, { cause: error ?? undefined }));
      if (error !== null) {
        const slow = error.killed === true && error.code !== 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER';
        if (slow) refuse(`was killed, as its ${command} took more than ${PLUGIN_TIMEOUT_MS / 1000} s`);
        else refuse(`failed at ${command}: ${reasonOf(stdout, stderr, error)}`);
        return;
      }
      if (stdout.trim() === '') {
        resolve(undefined);
        return;
      }
      try {
        resolve(JSON.parse(stdout));
      } catch {
        refuse(`answered ${command} with what is not JSON: ${oneLine(stdout)}`);
      }
    });
    // One that ends without reading says so by its end.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(JSON.stringify(input));
  });
}
