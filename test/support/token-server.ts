import { createPrivateKey, randomUUID, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import path from 'node:path';
import { selfSign } from './certificate.js';

/** One request for a token. */
export interface TokenRequest {
  readonly scopes: readonly string[];
  /** The user, if one was told. */
  readonly user: string | undefined;
}

const ISSUER = 'test-issuer';
const SERVICE = 'test-registry';

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function userOf(request: IncomingMessage): { user: string; password: string } | undefined {
  const told = /^Basic (.*)$/.exec(request.headers.authorization ?? '')?.[1];
  if (told === undefined) return undefined;
  const [user = '', password = ''] = Buffer.from(told, 'base64').toString().split(':');
  return { user, password };
}

/**
 * A token service as registries use it (https://distribution.github.io/distribution/spec/auth/token/). It grants what is
 * asked for to the one user that it knows, and reading to everybody else.
 */
export class TokenServer implements AsyncDisposable {
  readonly requests: TokenRequest[] = [];
  readonly #server: Server;
  readonly #key: KeyObject;
  readonly #certificate: string;
  readonly #bundle: string;

  private constructor(directory: string, user: { readonly name: string; readonly password: string }) {
    mkdirSync(directory, { recursive: true });
    const at = (name: string): string => path.join(directory, name);
    this.#bundle = at('token.crt');
    selfSign({ key: at('token.key'), certificate: this.#bundle, name: 'tokens' });
    this.#key = createPrivateKey(readFileSync(at('token.key')));
    this.#certificate = new X509Certificate(readFileSync(this.#bundle)).raw.toString('base64');
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://token');
      const scopes = url.searchParams.getAll('scope');
      const known = userOf(request);
      this.requests.push({ scopes, user: known?.user });
      if (known !== undefined && (known.user !== user.name || known.password !== user.password)) {
        response.writeHead(401).end();
        return;
      }
      response.end(JSON.stringify({ token: this.#token(scopes, known !== undefined) }));
    });
  }

  static async start(
    directory: string,
    user: { readonly name: string; readonly password: string },
  ): Promise<TokenServer> {
    const server = new TokenServer(directory, user);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  #token(scopes: readonly string[], mayWrite: boolean): string {
    const now = Math.floor(Date.now() / 1000);
    const access = scopes.map((scope) => {
      const [type, name, actions = ''] = scope.split(':');
      return { type, name, actions: actions.split(',').filter((action) => mayWrite || action === 'pull') };
    });
    const claims = {
      ...{ iss: ISSUER, sub: '', aud: SERVICE, jti: randomUUID(), access },
      ...{ iat: now, nbf: now - 60, exp: now + 600 },
    };
    const head = `${encode({ typ: 'JWT', alg: 'ES256', x5c: [this.#certificate] })}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(head), { key: this.#key, dsaEncoding: 'ieee-p1363' });
    return `${head}.${signature.toString('base64url')}`;
  }

  /** What a registry is told of it in its configuration. */
  get auth(): object {
    const { port } = this.#server.address() as { port: number };
    return {
      token: {
        realm: `http://127.0.0.1:${port}/token`,
        service: SERVICE,
        issuer: ISSUER,
        rootcertbundle: this.#bundle,
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
