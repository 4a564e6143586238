import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import { Agent, ProxyAgent, type Dispatcher } from 'undici';
import { fileError, nodeErrorCode } from '../../base/errno.js';

/** How a registry is reached. */
export interface TransportOptions {
  /** A directory of certificates for this registry alone: `*.crt` of authorities, `*.cert` with `*.key` of a client. */
  readonly certDir?: string | undefined;
  /** Plain HTTP, and certificates that nobody signed, are fine. */
  readonly insecure: boolean;
}

/** Where podman and docker keep certificates for a registry: containers-certs.d(5). */
const CERT_DIRECTORIES = ['/etc/containers/certs.d', '/etc/docker/certs.d'];

const CONNECT_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 60_000;
/** Between two pieces of a body. */
const BODY_TIMEOUT_MS = 60_000;

interface Certificates {
  readonly ca: readonly string[];
  readonly cert: readonly string[];
  readonly key: readonly string[];
}

function readCertificates(directory: string): Certificates | undefined {
  let names: string[];
  try {
    names = readdirSync(directory).sort();
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return undefined;
    throw fileError(`read the certificates in ${directory}`, error);
  }
  const read = (ending: string): string[] =>
    names
      .filter((name) => name.endsWith(ending))
      .map((name) => readFileSync(path.join(directory, name), 'utf8'));
  return { ca: read('.crt'), cert: read('.cert'), key: read('.key') };
}

/** The certificates for a host: those that were given, or the first directory that is there. */
function certificatesOf(host: string, given: string | undefined): Certificates | undefined {
  const directories = given === undefined ? CERT_DIRECTORIES.map((base) => path.join(base, host)) : [given];
  return directories.map(readCertificates).find((found) => found !== undefined);
}

/** Whether a host is among those that NO_PROXY names: hosts, domains, `*`. */
export function bypassesProxy(hostname: string, noProxy: string): boolean {
  return noProxy
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((entry) => {
      const name = entry.replace(/^\*?\./, '').replace(/:\d+$/, '');
      return entry === '*' || hostname === name || hostname.endsWith(`.${name}`);
    });
}

/** The proxy for a URL, from the variables that curl(1) reads; undefined for none. */
function proxyFor(url: URL): string | undefined {
  const variable = (name: string): string => process.env[name.toLowerCase()] ?? process.env[name] ?? '';
  // As Go's net/http, and so podman, has it: what is on this machine needs no proxy.
  if (/^(localhost|127\..*|\[::1\])$/.test(url.hostname)) return undefined;
  if (bypassesProxy(url.hostname, variable('NO_PROXY'))) return undefined;
  const proxy = variable(url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY');
  return proxy === '' ? undefined : proxy;
}

/** Connections to hosts, with their proxies and certificates, which are kept open between requests. */
export class Transport implements AsyncDisposable {
  readonly #options: TransportOptions;
  readonly #dispatchers = new Map<string, Dispatcher>();

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** What carries requests to a URL. */
  dispatcherFor(url: URL): Dispatcher {
    const known = this.#dispatchers.get(url.origin);
    if (known !== undefined) return known;
    const { certDir, insecure } = this.#options;
    const { ca = [], cert = [], key = [] } = certificatesOf(url.host, certDir) ?? {};
    const tls = {
      rejectUnauthorized: !insecure,
      ...(ca.length > 0 && { ca: [...rootCertificates, ...ca] }),
      ...(cert.length > 0 && { cert: [...cert], key: [...key] }),
    };
    const timeouts = { headersTimeout: HEADERS_TIMEOUT_MS, bodyTimeout: BODY_TIMEOUT_MS };
    const proxy = proxyFor(url);
    const dispatcher =
      proxy === undefined
        ? new Agent({ connect: { ...tls, timeout: CONNECT_TIMEOUT_MS }, ...timeouts })
        : new ProxyAgent({ uri: proxy, requestTls: tls, ...timeouts });
    this.#dispatchers.set(url.origin, dispatcher);
    return dispatcher;
  }

  /** Ends the connections, and what still goes over them. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#dispatchers.values()].map((dispatcher) => dispatcher.destroy()));
    this.#dispatchers.clear();
  }
}
