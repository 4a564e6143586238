import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileError, nodeErrorCode } from '../base/errno.js';
import { LibpodError } from '../base/errors.js';

/** What a registry knows a user by. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  /** For the token service alone (the OAuth2 form of the distribution specification). */
  | { readonly identityToken: string };

/** containers-auth.json(5), and docker's config.json. */
interface AuthFile {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string }>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

/** Docker's key of Docker Hub, which is older than its registry. */
const DOCKER_HUB = 'https://index.docker.io/v1/';
const HELPER_TIMEOUT_MS = 30_000;

/** Where podman keeps the credentials of `login`. */
export function defaultAuthFile(): string {
  const own = process.env['REGISTRY_AUTH_FILE'];
  if (own !== undefined && own !== '') return own;
  const runtime = process.env['XDG_RUNTIME_DIR'];
  return runtime === undefined || runtime === ''
    ? `/run/containers/${process.getuid?.() ?? 0}/auth.json`
    : path.join(runtime, 'containers/auth.json');
}

/** The files that are looked at, in order: containers-auth.json(5). */
function authFiles(given: string | undefined): string[] {
  if (given !== undefined) return [given];
  const docker = process.env['DOCKER_CONFIG'] ?? path.join(homedir(), '.docker');
  return [
    defaultAuthFile(),
    path.join(process.env['XDG_CONFIG_HOME'] ?? path.join(homedir(), '.config'), 'containers/auth.json'),
    path.join(docker, 'config.json'),
  ];
}

function readAuthFile(file: string): AuthFile {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return {};
    throw fileError(`read the credentials in ${file}`, error);
  }
  try {
    const parsed = JSON.parse(text) as AuthFile | null;
    return parsed !== null && typeof parsed === 'object' ? parsed : {};
  } catch {
    // The parser's own words would quote the file, and with it the secrets.
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `the credentials in ${file} cannot be read: the file is no JSON`,
    );
  }
}

/** The keys under which a repository's credentials may stand, the most particular first. */
function keysOf(host: string, repository: string): string[] {
  const parts = repository === '' ? [] : repository.split('/');
  const names = parts.map((_, at) => [host, ...parts.slice(0, parts.length - at)].join('/'));
  const hub = host === 'docker.io' ? [DOCKER_HUB, 'index.docker.io', 'https://index.docker.io/v1'] : [];
  return [
    ...names,
    host,
    ...hub,
    `https://${host}`,
    `http://${host}`,
    `https://${host}/v1/`,
    `https://${host}/v2/`,
  ];
}

/**
 * Asks a credential helper (docker-credential-helpers, "Development"): the server on stdin, JSON on stdout.
 *
 * @throws LibpodError ERR_UNAUTHORIZED if it fails in another way than by not knowing the server
 */
async function askHelper(helper: string, server: string): Promise<Credentials | undefined> {
  if (!/^[\w.-]+$/.test(helper))
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `${JSON.stringify(helper)} cannot be a credential helper's name`,
    );
  const program = `docker-credential-${helper}`;
  const { error, stdout } = await new Promise<{ error: Error | null; stdout: string }>((resolve) => {
    const child = execFile(program, ['get'], { timeout: HELPER_TIMEOUT_MS }, (failure, out) =>
      resolve({ error: failure, stdout: out }),
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(server);
  });
  if (error !== null) {
    if (/credentials not found/i.test(stdout)) return undefined;
    throw new LibpodError(
      'ERR_UNAUTHORIZED',
      `${program} gave no credentials for ${server}: ${error.message.split('\n')[0]}`,
      {
        cause: error,
      },
    );
  }
  try {
    const { Username, Secret } = JSON.parse(stdout) as { Username?: unknown; Secret?: unknown };
    if (typeof Username === 'string' && typeof Secret === 'string')
      return Username === '<token>' ? { identityToken: Secret } : { username: Username, password: Secret };
  } catch {
    // Said below, without the words of the parser, which would quote what the helper wrote.
  }
  throw new LibpodError(
    'ERR_UNAUTHORIZED',
    `${program} answered something else than credentials for ${server}`,
  );
}

function decode(entry: { readonly auth?: string; readonly identitytoken?: string }): Credentials | undefined {
  if (typeof entry.identitytoken === 'string' && entry.identitytoken !== '')
    return { identityToken: entry.identitytoken };
  if (typeof entry.auth !== 'string' || entry.auth === '') return undefined;
  const text = Buffer.from(entry.auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/**
 * The credentials for a repository, from the files of podman and of docker and their helpers.
 *
 * @param authFile looked at alone, if given
 */
export async function findCredentials(
  host: string,
  repository: string,
  authFile?: string,
): Promise<Credentials | undefined> {
  for (const file of authFiles(authFile)) {
    const { auths = {}, credHelpers = {}, credsStore } = readAuthFile(file);
    const helper = credHelpers[host] ?? (host === 'docker.io' ? credHelpers[DOCKER_HUB] : undefined);
    if (helper !== undefined) {
      const found = await askHelper(helper, host);
      if (found !== undefined) return found;
    }
    for (const key of keysOf(host, repository)) {
      const entry = auths[key];
      const found = entry === undefined ? undefined : decode(entry);
      if (found !== undefined) return found;
      if (entry !== undefined && credsStore !== undefined) {
        const stored = await askHelper(credsStore, key);
        if (stored !== undefined) return stored;
      }
    }
  }
  return undefined;
}

function writeAuthFile(file: string, change: (auths: Record<string, unknown>) => void): void {
  const whole = readAuthFile(file);
  const auths: Record<string, unknown> = { ...whole.auths };
  change(auths);
  const temporary = `${file}.${process.pid}`;
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(temporary, `${JSON.stringify({ ...whole, auths }, undefined, '\t')}\n`, { mode: 0o600 });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw fileError(`write the credentials to ${file}`, error);
  }
}

/** Keeps the credentials of a registry, in plain, as podman does. */
export function saveCredentials(
  host: string,
  { username, password }: { readonly username: string; readonly password: string },
  file = defaultAuthFile(),
): void {
  writeAuthFile(file, (auths) => {
    auths[host] = { auth: Buffer.from(`${username}:${password}`).toString('base64') };
  });
}

/** Forgets the credentials of a registry, or of all. @returns whether there were any */
export function forgetCredentials(host: string | undefined, file = defaultAuthFile()): boolean {
  if (!existsSync(file)) return false;
  let known = false;
  writeAuthFile(file, (auths) => {
    for (const key of Object.keys(auths)) {
      if (host !== undefined && key !== host) continue;
      known = true;
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the map is what the file holds
      delete auths[key];
    }
  });
  return known;
}
