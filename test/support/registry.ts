import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { selfSign } from './certificate.js';
import { findProgram } from './requires.js';

export interface RegistryOptions {
  /** Ask for this user. */
  readonly user?: { readonly name: string; readonly password: string };
  readonly tls?: boolean;
  /** Another way to ask who is there, in the registry's own words: its configuration's `auth`. */
  readonly auth?: object;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** A line of htpasswd(1) with bcrypt, which is what the registry takes: made by the system's crypt. */
function htpasswd(name: string, password: string): string {
  return execFileSync('htpasswd', ['-Bbn', name, password], { encoding: 'utf8' });
}

/** Debian's docker-registry on a port of its own, with its files beneath a directory of the test. */
export class TestRegistry implements AsyncDisposable {
  readonly host: string;
  /** The certificate that it shows is signed by itself; this directory makes a client trust it. */
  readonly certDir: string;
  readonly #child: ChildProcess;

  private constructor(host: string, certDir: string, child: ChildProcess) {
    this.host = host;
    this.certDir = certDir;
    this.#child = child;
  }

  static async start(
    directory: string,
    { user, tls = false, auth }: RegistryOptions = {},
  ): Promise<TestRegistry> {
    const port = await freePort();
    const host = `127.0.0.1:${port}`;
    const at = (name: string): string => path.join(directory, name);
    mkdirSync(at('certs'), { recursive: true });
    if (user !== undefined) writeFileSync(at('htpasswd'), htpasswd(user.name, user.password));
    if (tls)
      selfSign({
        ...{ key: at('tls.key'), certificate: at('certs/ca.crt'), name: 'test' },
        extensions: ['subjectAltName=IP:127.0.0.1'],
      });
    writeFileSync(
      at('registry.yml'),
      JSON.stringify({
        version: '0.1',
        log: { level: 'error', accesslog: { disabled: true } },
        storage: { filesystem: { rootdirectory: at('data') }, delete: { enabled: true } },
        http: {
          addr: host,
          ...(tls && { tls: { certificate: at('certs/ca.crt'), key: at('tls.key') } }),
        },
        ...(auth !== undefined && { auth }),
        ...(user !== undefined && { auth: { htpasswd: { realm: 'test', path: at('htpasswd') } } }),
      }),
    );
    const child = spawn(findProgram('docker-registry') as string, ['serve', at('registry.yml')], {
      stdio: 'ignore',
    });
    const registry = new TestRegistry(host, at('certs'), child);
    try {
      await registry.#ready(tls);
    } catch (error) {
      await registry[Symbol.asyncDispose]();
      throw error;
    }
    return registry;
  }

  async #ready(tls: boolean): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        execFileSync('openssl', ['s_client', '-connect', this.host], { input: '', stdio: 'pipe' });
        return;
      } catch (error) {
        // Without TLS it answers, but not so: that too says that it is there.
        const words = String((error as { stderr?: Buffer }).stderr ?? '');
        if (!tls && !/refused/i.test(words)) return;
        if (attempt === 200 || this.#child.exitCode !== null) throw error;
        await sleep(50);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}
