#!/usr/bin/env -S node --
// The two dashes matter: without them Node 20 reads an --env-file behind the script's name itself, and obeys the NODE_OPTIONS
// in it (https://github.com/nodejs/node/issues/54232).
import { ownValue } from '../base/own-value.js';
import { LibpodError } from '../base/errors.js';
import { parseWords, usage, type Flags } from './arguments.js';
import { COMMANDS } from './commands.js';
import type { Globals, RuntimeCommand } from './command.js';
import { openLog, type Log } from './log.js';
import { writeOut } from './write-out.js';

const DEFAULT_ROOT = '/run/libpod-oci';

const GLOBAL_FLAGS = {
  root: { type: 'string', about: `the directory that has the containers (default ${DEFAULT_ROOT})` },
  log: { type: 'string', about: 'a file that messages are appended to' },
  'log-format': { type: 'string', about: 'text or json' },
  debug: { type: 'boolean', about: 'tell what is done' },
  'systemd-cgroup': {
    type: 'boolean',
    about: 'have systemd make a scope for the container: linux.cgroupsPath is slice:prefix:name',
  },
  'cgroup-manager': { type: 'string', about: 'cgroupfs or systemd, as crun has it' },
  rootless: { type: 'string', about: 'auto or false: it needs root' },
  criu: { type: 'string', about: 'passed over: there are no checkpoints' },
  version: { type: 'boolean', short: 'v', about: 'tell the version' },
  help: { type: 'boolean', short: 'h', about: 'tell the commands and flags' },
} as const satisfies Flags;

/** Commands of runc that are none here; podman asks for the help of the first to learn whether there are checkpoints. */
const NO_CHECKPOINTS = ['checkpoint', 'restore'];

function helpText(title: string, flags: Flags): string {
  const rows = Object.entries(flags).map(([name, { short, about, type }]) => {
    const long = `--${name}${type === 'string' ? ' value' : ''}`;
    return `   ${(short === undefined ? long : `${long}, -${short}`).padEnd(28)} ${about}`;
  });
  return [title, '', 'Flags:', ...rows].join('\n');
}

function programHelp(): string {
  const commands = Object.entries(COMMANDS).map(([name, { about }]) => `   ${name.padEnd(10)} ${about}`);
  const title = ['Usage: libpod-oci [flags] command [flags] [words]', '', 'Commands:', ...commands].join(
    '\n',
  );
  return helpText(title, GLOBAL_FLAGS);
}

async function versionText(): Promise<string> {
  const { packageVersion } = await import('../base/package-version.js');
  const { OCI_VERSION } = await import('../oci/state.js');
  return `libpod-oci version ${packageVersion()}\nspec: ${OCI_VERSION}`;
}

/** What was asked for that this program does not do: ignored, it would break a promise. */
function refuseGlobals(values: {
  readonly 'cgroup-manager'?: string | undefined;
  readonly rootless?: string | undefined;
}): void {
  const manager = values['cgroup-manager'] ?? 'cgroupfs';
  if (manager !== 'cgroupfs' && manager !== 'systemd')
    throw usage(`--cgroup-manager ${JSON.stringify(manager)} is not supported: give cgroupfs or systemd`);
  const rootless = values.rootless ?? 'auto';
  if (rootless !== 'auto' && rootless !== 'false')
    throw usage(
      `--rootless ${JSON.stringify(rootless)} is not supported: run it as root, with auto or false`,
    );
}

async function runCommand(log: Log, globals: Globals, words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined) throw usage("a command is missing: see 'libpod-oci --help'");
  if (NO_CHECKPOINTS.includes(name))
    throw usage(`${name} is not supported: containers are not saved to disk and brought back (CRIU)`);
  const lazy = ownValue(COMMANDS, name);
  if (lazy === undefined) throw usage(`unknown command ${JSON.stringify(name)}: see 'libpod-oci --help'`);
  const { definition } = (await lazy.load()) as { readonly definition: RuntimeCommand };
  const flags = { ...definition.flags, help: GLOBAL_FLAGS.help };
  const parsed = parseWords(rest, flags, definition.inOrder === true);
  if (parsed.values.help === true) {
    writeOut(helpText(`Usage: libpod-oci ${name} [flags] ${definition.words}\n\n${lazy.about}`, flags));
    return 0;
  }
  log.debug(`${name} ${rest.join(' ')}`);
  try {
    return await definition.run(parsed.values, parsed.words, globals);
  } catch (error) {
    log.error(messageOf(error));
    return definition.failure ?? 1;
  }
}

/** A sentence of ours, or of the system; a mistake in this program with the place where it was made. */
function messageOf(error: unknown): string {
  const foreseen = LibpodError.is(error) || (error instanceof Error && 'syscall' in error);
  return foreseen ? error.message : String((error as Error).stack);
}

async function main(words: readonly string[]): Promise<number> {
  let log = openLog({});
  try {
    const { values, words: rest } = parseWords(words, GLOBAL_FLAGS, true);
    const told = openLog(values);
    log = told;
    if (values.version === true) {
      writeOut(await versionText());
      return 0;
    }
    if (values.help === true || rest[0] === 'help') {
      writeOut(programHelp());
      return 0;
    }
    refuseGlobals(values);
    const systemdCgroup = values['systemd-cgroup'] === true || values['cgroup-manager'] === 'systemd';
    const globals = {
      root: values.root ?? DEFAULT_ROOT,
      systemdCgroup,
      warn: (error: unknown) => told.warning(messageOf(error)),
    };
    return await runCommand(told, globals, rest);
  } catch (error) {
    log.error(messageOf(error));
    return 1;
  }
}

// No `await` here: the program is shipped as CommonJS (scripts/bundle.mjs).
void main(process.argv.slice(2)).then((code) => process.exit(code));
