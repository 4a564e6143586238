import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileError, nodeErrorCode } from '../../base/errno.js';
import { LibpodError } from '../../base/errors.js';
import { ownValue } from '../../base/own-value.js';
import { makeDirectories } from '../../base/make-directories.js';
import type { Credentials } from './credentials.js';
import { askHelper, eraseFromHelper, storeInHelper } from './credential-helper.js';

/** containers-auth.json(5), and docker's config.json. */
interface AuthFile {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string }>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

/** Docker's key of Docker Hub, which is older than its registry. */
const DOCKER_HUB = 'https://index.docker.io/v1/';

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
    const helper =
      ownValue(credHelpers, host) ?? (host === 'docker.io' ? credHelpers[DOCKER_HUB] : undefined);
    if (helper !== undefined) {
      const found = await askHelper(helper, host);
      if (found !== undefined) return found;
    }
    for (const key of keysOf(host, repository)) {
      const entry = ownValue(auths, key);
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
    makeDirectories(path.dirname(file), 0o700);
    writeFileSync(temporary, `${JSON.stringify({ ...whole, auths }, undefined, '\t')}\n`, { mode: 0o600 });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw fileError(`write the credentials to ${file}`, error);
  }
}

/** The helper that a file names for a registry. */
function helperFor(file: string, host: string): string | undefined {
  return ownValue(readAuthFile(file).credHelpers ?? {}, host);
}

/**
 * Keeps the credentials of a registry: with the helper that the file names for it, else in plain in the file, as podman does.
 *
 * @throws LibpodError ERR_UNAUTHORIZED if the helper fails
 */
export async function saveCredentials(
  host: string,
  credentials: { readonly username: string; readonly password: string },
  file = defaultAuthFile(),
): Promise<void> {
  const helper = helperFor(file, host);
  if (helper !== undefined) return storeInHelper(helper, host, credentials);
  const auth = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
  writeAuthFile(file, (auths) => {
    auths[host] = { auth };
  });
}

/**
 * Forgets the credentials of a registry, in the file and with its helper.
 *
 * @returns whether there were any
 */
export async function forgetCredentials(host: string, file = defaultAuthFile()): Promise<boolean> {
  if (!existsSync(file)) return false;
  const helper = helperFor(file, host);
  let known = helper !== undefined && (await eraseFromHelper(helper, host));
  if (ownValue(readAuthFile(file).auths ?? {}, host) !== undefined) {
    known = true;
    writeAuthFile(file, (auths) => {
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the map is what the file holds
      delete auths[host];
    });
  }
  return known;
}

/** Forgets the credentials of all registries that a file knows. */
export async function forgetAllCredentials(file = defaultAuthFile()): Promise<void> {
  if (!existsSync(file)) return;
  const { auths = {}, credHelpers = {} } = readAuthFile(file);
  for (const host of new Set([...Object.keys(auths), ...Object.keys(credHelpers)]))
    await forgetCredentials(host, file);
}
