import { execFile } from 'node:child_process';
import { LibpodError } from '../../base/errors.js';
import type { Credentials } from './credentials.js';

const HELPER_TIMEOUT_MS = 30_000;

/** What a helper answered: its output also when it failed, as it tells there what is the matter. */
interface Answer {
  readonly error: Error | null;
  readonly stdout: string;
}

/** Runs a credential helper (docker-credential-helpers, "Development"): what it is to do as an argument, the rest on stdin. */
async function runHelper(helper: string, verb: 'get' | 'store' | 'erase', input: string): Promise<Answer> {
  if (!/^[\w.-]+$/.test(helper))
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `${JSON.stringify(helper)} cannot be a credential helper's name`,
    );
  return new Promise((resolve) => {
    const child = execFile(programOf(helper), [verb], { timeout: HELPER_TIMEOUT_MS }, (error, stdout) =>
      resolve({ error, stdout }),
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

function programOf(helper: string): string {
  return `docker-credential-${helper}`;
}

function isUnknown({ stdout }: Answer): boolean {
  return /credentials not found/i.test(stdout);
}

function failed(helper: string, what: string, error: Error): LibpodError {
  return new LibpodError(
    'ERR_UNAUTHORIZED',
    `${programOf(helper)} ${what}: ${error.message.split('\n')[0]}`,
    { cause: error },
  );
}

/**
 * Asks a helper for the credentials of a server; undefined if it has none.
 *
 * @throws LibpodError ERR_UNAUTHORIZED if it fails in another way than by not knowing the server
 */
export async function askHelper(helper: string, server: string): Promise<Credentials | undefined> {
  const answer = await runHelper(helper, 'get', server);
  if (answer.error !== null) {
    if (isUnknown(answer)) return undefined;
    throw failed(helper, `gave no credentials for ${server}`, answer.error);
  }
  try {
    const { Username, Secret } = JSON.parse(answer.stdout) as { Username?: unknown; Secret?: unknown };
    if (typeof Username === 'string' && typeof Secret === 'string')
      return Username === '<token>' ? { identityToken: Secret } : { username: Username, password: Secret };
  } catch {
    // Said below, without the words of the parser, which would quote what the helper wrote.
  }
  throw new LibpodError(
    'ERR_UNAUTHORIZED',
    `${programOf(helper)} answered something else than credentials for ${server}`,
  );
}

/** Has a helper keep the credentials of a server. @throws LibpodError ERR_UNAUTHORIZED */
export async function storeInHelper(
  helper: string,
  server: string,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<void> {
  const input = JSON.stringify({ ServerURL: server, Username: username, Secret: password });
  const { error } = await runHelper(helper, 'store', input);
  if (error !== null) throw failed(helper, `did not keep the credentials for ${server}`, error);
}

/** Has a helper forget the credentials of a server. @returns whether it had any. @throws LibpodError ERR_UNAUTHORIZED */
export async function eraseFromHelper(helper: string, server: string): Promise<boolean> {
  const known = await askHelper(helper, server);
  if (known === undefined) return false;
  const { error } = await runHelper(helper, 'erase', server);
  if (error !== null) throw failed(helper, `did not forget the credentials for ${server}`, error);
  return true;
}
