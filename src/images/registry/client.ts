import { setTimeout as sleep } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import { request, type Dispatcher } from 'undici';
import { LibpodError } from '../../base/errors.js';
import { throwIfAborted } from '../../linux/kernel-error.js';
import { digestOf, isDigest } from '../../oci/digest.js';
import { MEDIA_TYPES } from '../../oci/image-spec.js';
import { findCredentials } from './auth-files.js';
import type { Credentials } from './credentials.js';
import { answerChallenge } from './auth.js';
import { connectionError, readShort, statusError } from './error.js';
import type { Source } from './registries-conf.js';
import { Transport } from './transport.js';

/** How registries are spoken to. */
export interface RegistryOptions {
  /** In place of those that files and helpers know. */
  readonly credentials?: { readonly username: string; readonly password: string } | undefined;
  /** The file with credentials; those of podman and of docker unless given. */
  readonly authFile?: string | undefined;
  /** A directory of certificates; that of the registry under /etc/containers/certs.d unless given. */
  readonly certDir?: string | undefined;
  /** False: plain HTTP, and certificates that nobody signed, are fine. What registries.conf says unless given. */
  readonly tlsVerify?: boolean | undefined;
  /** How often a request that failed for no lasting reason is made again; 3 unless given. */
  readonly retries?: number | undefined;
  /** Milliseconds until the first of these, doubled each time; 1000 unless given. */
  readonly retryDelay?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is known of a manifest or index that was fetched. */
export interface FetchedManifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly digest: string;
}

/** The distribution specification has registries take manifests of 4 MiB at least. */
const MOST_MANIFEST_BYTES = 4 * 1024 * 1024;
const MOST_REDIRECTS = 10;
const DEFAULT_RETRIES = 3;
const DEFAULT_RETRY_DELAY = 1000;
const MOST_RETRY_DELAY = 30_000;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Answers after which another try may help: RFC 9110, "Status Codes". */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/** A request, apart from where it goes. */
export interface Sending {
  readonly method?: Dispatcher.HttpMethod | undefined;
  readonly headers?: Record<string, string> | undefined;
  readonly body?: string | Buffer | undefined;
}

/** Docker Hub's registry has another name than its images. */
function apiHost(host: string): string {
  return host === 'docker.io' ? 'registry-1.docker.io' : host;
}

/** A header of an answer. */
export function headerOf(response: Dispatcher.ResponseData, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** Lets go of an answer that nobody reads. */
export function drop(response: Dispatcher.ResponseData): void {
  response.body.on('error', () => undefined);
  response.body.destroy();
}

/**
 * One repository at one registry: the distribution specification,
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md
 */
export class RegistryClient implements AsyncDisposable {
  readonly source: Source;
  readonly #options: RegistryOptions;
  readonly #transport: Transport;
  readonly #insecure: boolean;
  #origin: string | undefined;
  #authorization: string | undefined;

  constructor(source: Source, options: RegistryOptions) {
    this.source = source;
    this.#options = options;
    this.#insecure = options.tlsVerify === undefined ? source.insecure : !options.tlsVerify;
    this.#transport = new Transport({ certDir: options.certDir, insecure: this.#insecure });
  }

  /** The repository as sentences name it. */
  get name(): string {
    return `${this.source.host}/${this.source.repository}`;
  }

  #credentials(): Promise<Credentials | undefined> {
    const { credentials, authFile } = this.#options;
    if (credentials !== undefined) return Promise.resolve(credentials);
    return findCredentials(this.source.host, this.source.repository, authFile);
  }

  #send(url: URL, { method = 'GET', headers = {}, body }: Sending): Promise<Dispatcher.ResponseData> {
    return request(url, {
      dispatcher: this.#transport.dispatcherFor(url),
      method,
      headers: { 'user-agent': 'libpod', ...headers },
      body: body ?? null,
      signal: this.#options.signal ?? null,
    });
  }

  /** The scheme and host; an insecure registry may speak plain HTTP, which is found out once. */
  async #findOrigin(): Promise<string> {
    if (this.#origin !== undefined) return this.#origin;
    const host = apiHost(this.source.host);
    const secure = `https://${host}`;
    if (!this.#insecure) return (this.#origin = secure);
    try {
      drop(await this.#send(new URL('/v2/', secure), {}));
      return (this.#origin = secure);
    } catch (error) {
      throwIfAborted(`reach ${host}`, this.#options.signal);
      const plain = `http://${host}`;
      try {
        drop(await this.#send(new URL('/v2/', plain), {}));
      } catch {
        throw error;
      }
      return (this.#origin = plain);
    }
  }

  /** An address that the registry names; never one in plain after one that was not. */
  #secureUrl(text: string, base: URL): URL {
    const url = new URL(text, base);
    if (url.protocol !== 'https:' && (base.protocol === 'https:' || url.protocol !== 'http:'))
      throw new LibpodError('ERR_REGISTRY', `${this.name} sends to ${url.origin}, which is not secure`);
    return url;
  }

  /** Follows redirections; credentials go to the registry alone, never to where it sends. */
  async #follow(
    start: URL,
    sending: Sending,
    authorization: string | undefined,
  ): Promise<{ readonly response: Dispatcher.ResponseData; readonly own: boolean }> {
    let url = start;
    for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
      const authorized = url.origin === this.#origin && authorization !== undefined;
      const response = await this.#send(url, {
        ...sending,
        headers: { ...sending.headers, ...(authorized && { authorization }) },
      });
      const location = headerOf(response, 'location');
      if (!REDIRECTS.has(response.statusCode) || location === undefined)
        return { response, own: url.origin === this.#origin };
      drop(response);
      url = this.#secureUrl(location, url);
    }
    throw new LibpodError('ERR_REGISTRY', `${this.name} sends from one place to the next without end`);
  }

  /** A request, with the credentials that the registry asks for. */
  async #authorized(
    path: string,
    sending: Sending,
    scopes: readonly string[],
  ): Promise<Dispatcher.ResponseData> {
    const origin = new URL(await this.#findOrigin());
    const url = this.#secureUrl(path, origin);
    const said = this.#authorization;
    const { response, own } = await this.#follow(url, sending, said);
    const challenge = headerOf(response, 'www-authenticate');
    // Whoever else asks, where the registry sent us: it is not the one that the credentials are for.
    if (response.statusCode !== 401 || challenge === undefined || !own) return response;
    const answer = await answerChallenge(
      challenge,
      scopes,
      await this.#credentials(),
      origin.protocol === 'https:',
      (realm, options) => this.#send(realm, options),
    );
    if (answer === undefined || answer === said) return response;
    drop(response);
    this.#authorization = answer;
    return (await this.#follow(url, sending, answer)).response;
  }

  /** Waits before another try; false if there is to be none. */
  async #again(attempt: number, after?: string): Promise<boolean> {
    const { retries = DEFAULT_RETRIES, retryDelay = DEFAULT_RETRY_DELAY, signal } = this.#options;
    if (attempt >= retries) return false;
    const asked = /^\d+$/.test(after ?? '') ? Number(after) * 1000 : 0;
    const delay = Math.min(Math.max(asked, retryDelay * 2 ** attempt), MOST_RETRY_DELAY);
    await sleep(delay, undefined, { signal }).catch(() => undefined);
    throwIfAborted(`reach ${this.name}`, signal);
    return true;
  }

  /**
   * A request, made again where that may help; the answer may still be an error that lasts.
   *
   * @param what for sentences: `fetch x of y`
   * @param path from the registry's root, or a whole address that it named
   * @param scopes what it is for, in the words of token services
   * @throws LibpodError ERR_REGISTRY, ERR_UNAUTHORIZED, ERR_ABORTED
   */
  async request(
    what: string,
    path: string,
    sending: Sending,
    scopes: readonly string[] = [],
  ): Promise<Dispatcher.ResponseData> {
    for (let attempt = 0; ; attempt++) {
      try {
        const response = await this.#authorized(path, sending, scopes);
        if (!PASSING.has(response.statusCode)) return response;
        if (!(await this.#again(attempt, headerOf(response, 'retry-after')))) return response;
        drop(response);
      } catch (error) {
        throwIfAborted(what, this.#options.signal);
        if (error instanceof LibpodError || isLasting(error) || !(await this.#again(attempt)))
          throw connectionError(`${what} (${this.source.host})`, error);
      }
    }
  }

  get #pullScope(): string {
    return `repository:${this.source.repository}:pull`;
  }

  /**
   * Sees whether the registry takes the credentials.
   *
   * @throws LibpodError ERR_UNAUTHORIZED, ERR_REGISTRY
   */
  async ping(): Promise<void> {
    const what = `log in to ${this.source.host}`;
    const response = await this.request(what, '/v2/', {});
    if (response.statusCode !== 200) throw await statusError(what, response);
    drop(response);
  }

  /**
   * Fetches a manifest or an index; its digest is checked where one was asked for.
   *
   * @param reference a tag or a digest
   * @throws LibpodError ERR_NO_SUCH_IMAGE, ERR_UNAUTHORIZED, ERR_REGISTRY, ERR_IMAGE_INVALID, ERR_ABORTED
   */
  async manifest(reference: string): Promise<FetchedManifest> {
    const what = `read the manifest ${reference} of ${this.name}`;
    const accept = [...MEDIA_TYPES.manifest, ...MEDIA_TYPES.index].join(', ');
    const path = `/v2/${this.source.repository}/manifests/${reference}`;
    const response = await this.request(what, path, { headers: { accept } }, [this.#pullScope]);
    if (response.statusCode !== 200) throw await statusError(what, response);
    const bytes = await readShort(response.body, MOST_MANIFEST_BYTES, `the manifest of ${this.name}`);
    const digest = digestOf(bytes);
    if (isDigest(reference) && digest !== reference)
      throw new LibpodError(
        'ERR_IMAGE_INVALID',
        `the manifest of ${this.name} is not the one that was asked for: its digest is ${digest}, not ${reference}`,
      );
    const mediaType = (headerOf(response, 'content-type') ?? '').split(';')[0]?.trim() ?? '';
    return { bytes, mediaType, digest };
  }

  /**
   * Begins to fetch a blob.
   *
   * @param from the first byte that is wanted
   * @returns the bytes, and the place of the first of them: 0 where the registry gives no parts
   * @throws LibpodError as `manifest`
   */
  async blob(digest: string, from: number): Promise<{ readonly body: Readable; readonly from: number }> {
    const what = `fetch ${digest} of ${this.name}`;
    const headers = from > 0 ? { range: `bytes=${from}-` } : {};
    const path = `/v2/${this.source.repository}/blobs/${digest}`;
    const response = await this.request(what, path, { headers }, [this.#pullScope]);
    const { statusCode, body } = response;
    if (statusCode === 200) return { body, from: 0 };
    if (statusCode === 206) {
      const start = /^bytes (\d+)-/.exec(headerOf(response, 'content-range') ?? '')?.[1];
      if (Number(start) === from) return { body, from };
      drop(response);
      throw new LibpodError(
        'ERR_REGISTRY',
        `cannot ${what}: another part than the one that was asked for came`,
      );
    }
    throw await statusError(what, response);
  }

  /** Waits before another try of what failed in the middle; throws what it was given when there are to be no more. */
  async pause(attempt: number, error: unknown): Promise<void> {
    if (!(await this.#again(attempt))) throw connectionError(`fetch from ${this.name}`, error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport[Symbol.asyncDispose]();
  }
}

/** Failures that another try meets again: wrong certificates, names that are not there, other protocols. */
function isLasting(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return /CERT|SIGNED|ERR_TLS|ERR_SSL|EPROTO|ENOTFOUND|ECONNREFUSED/.test(code);
}
