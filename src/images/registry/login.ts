import { LibpodError } from '../../base/errors.js';
import {
  defaultAuthFile,
  findCredentials,
  forgetAllCredentials,
  forgetCredentials,
  saveCredentials,
} from './auth-files.js';
import { readRegistriesConf, sourcesOf } from './registries-conf.js';
import { RegistryClient, type RegistryOptions } from './client.js';

/** How a registry is logged in to. */
export type LoginOptions = Omit<RegistryOptions, 'credentials'>;

/** A registry's name as credentials are kept under: without a scheme and a slash at its end. @throws ERR_INVALID_ARGUMENT */
export function registryName(text: string): string {
  const name = text.replace(/^https?:\/\//, '').replace(/\/$/, '');
  if (/^[\w.[\]:-]+(?:\/[\w./-]+)?$/.test(name)) return name;
  throw new LibpodError(
    'ERR_INVALID_ARGUMENT',
    `${JSON.stringify(text)} cannot be a registry: write HOST[:PORT]`,
  );
}

/**
 * Sees that a registry takes credentials, and keeps them for pulls and pushes to come.
 *
 * @returns the file that they are kept in, or that names the helper which keeps them
 * @throws LibpodError ERR_UNAUTHORIZED, ERR_REGISTRY, ERR_INVALID_ARGUMENT
 */
export async function logIn(
  registry: string,
  credentials: { readonly username: string; readonly password: string },
  options: LoginOptions,
): Promise<string> {
  const name = registryName(registry);
  await checkCredentials(name, credentials, options);
  const file = options.authFile ?? defaultAuthFile();
  await saveCredentials(name, credentials, file);
  return file;
}

async function checkCredentials(
  name: string,
  credentials: { readonly username: string; readonly password: string },
  options: LoginOptions,
): Promise<void> {
  const [host = '', ...repository] = name.split('/');
  const conf = readRegistriesConf();
  const source = sourcesOf(conf, { registry: host, repository: repository.join('/') }).at(-1);
  const { insecure = false } = source ?? {};
  await using client = new RegistryClient({ host, repository: '', insecure }, { ...options, credentials });
  await client.ping();
}

/**
 * Forgets the credentials of a registry.
 *
 * @param registry all that the file knows, if it is undefined
 * @returns whether there were any; true for all
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export async function logOut(registry: string | undefined, authFile: string | undefined): Promise<boolean> {
  if (registry !== undefined) return forgetCredentials(registryName(registry), authFile);
  await forgetAllCredentials(authFile);
  return true;
}

/** The user as whom pulls and pushes go to a registry; undefined for nobody. */
export async function loggedInUser(
  registry: string,
  authFile: string | undefined,
): Promise<string | undefined> {
  const [host = '', ...repository] = registryName(registry).split('/');
  const found = await findCredentials(host, repository.join('/'), authFile);
  if (found === undefined) return undefined;
  return 'username' in found ? found.username : '<token>';
}
