import type { Dispatcher } from 'undici';
import { LibpodError } from '../../base/errors.js';
import type { Credentials } from './credentials.js';
import { parseChallenges } from './challenge.js';
import { readShort, statusError } from './error.js';

/** Sends a request without credentials of the registry's. */
type Send = (
  url: URL,
  options: { method: Dispatcher.HttpMethod; headers: Record<string, string>; body?: string },
) => Promise<Dispatcher.ResponseData>;

const MOST_TOKEN_BYTES = 1024 * 1024;
const CLIENT_ID = 'libpod';

function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** The token of an answer of a token service: https://distribution.github.io/distribution/spec/auth/token/ */
async function tokenIn(response: Dispatcher.ResponseData, realm: string): Promise<string> {
  if (response.statusCode !== 200) throw await statusError(`get a token from ${realm}`, response);
  const bytes = await readShort(response.body, MOST_TOKEN_BYTES, `the token of ${realm}`);
  let token: unknown;
  try {
    const answer = JSON.parse(bytes.toString('utf8')) as { token?: unknown; access_token?: unknown };
    token = answer.token ?? answer.access_token;
  } catch {
    // Told below, without quoting what might be a secret.
  }
  if (typeof token !== 'string' || /[^\x21-\x7e]/.test(token))
    throw new LibpodError('ERR_REGISTRY', `the token service ${realm} answered no token`);
  return token;
}

/**
 * What to say to a registry that asked who is there.
 *
 * @param header its WWW-Authenticate
 * @param scopes what is going to be done: `repository:NAME:pull`; what the registry says unless given
 * @param secure whether a token service without TLS is refused
 * @returns the value of the Authorization header; undefined if nothing can be said
 */
export async function answerChallenge(
  header: string,
  scopes: readonly string[],
  credentials: Credentials | undefined,
  secure: boolean,
  send: Send,
): Promise<string | undefined> {
  const challenges = parseChallenges(header);
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  const realm = bearer?.parameters['realm'];
  if (realm === undefined) {
    const wantsBasic = challenges.some(({ scheme }) => scheme === 'basic');
    return wantsBasic && credentials !== undefined && 'username' in credentials
      ? basic(credentials)
      : undefined;
  }
  let url: URL;
  try {
    url = new URL(realm);
  } catch (error) {
    throw new LibpodError(
      'ERR_REGISTRY',
      `the registry names the token service ${JSON.stringify(realm)}, which is no address`,
      {
        cause: error,
      },
    );
  }
  if (url.protocol !== 'https:' && (secure || url.protocol !== 'http:'))
    throw new LibpodError(
      'ERR_REGISTRY',
      `the registry names the token service ${realm}, to which nothing is sent in plain`,
    );
  const service = bearer?.parameters['service'];
  const asked = bearer?.parameters['scope'];
  const wanted = scopes.length === 0 && asked !== undefined ? [asked] : scopes;
  if (credentials !== undefined && 'identityToken' in credentials) {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: CLIENT_ID,
      refresh_token: credentials.identityToken,
      ...(service !== undefined && { service }),
      ...(wanted.length > 0 && { scope: wanted.join(' ') }),
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return `Bearer ${await tokenIn(await send(url, { method: 'POST', headers, body: form.toString() }), realm)}`;
  }
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of wanted) url.searchParams.append('scope', scope);
  const headers: Record<string, string> =
    credentials === undefined ? {} : { authorization: basic(credentials) };
  return `Bearer ${await tokenIn(await send(url, { method: 'GET', headers }), realm)}`;
}
