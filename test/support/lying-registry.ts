import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

/** How a registry lies. */
export interface Lies {
  /** The media type that it gives the manifest. */
  readonly mediaType?: string;
  /** What it sends in place of the manifest. */
  readonly manifest?: (told: Buffer) => Buffer | string;
  /** What it sends in place of a blob. */
  readonly blob?: (told: Buffer, digest: string) => Buffer;
}

/** A registry on loopback with the one image of a layout, which says what a test wants it to say. */
export class LyingRegistry implements AsyncDisposable {
  readonly host: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(layout: string, lies: Lies = {}): Promise<LyingRegistry> {
    const blob = (digest: string): Buffer =>
      readFileSync(path.join(layout, 'blobs/sha256', digest.replace('sha256:', '')));
    const server = createServer((request, response) => {
      const [, kind, name = ''] = /\/(manifests|blobs)\/([^/]+)$/.exec(request.url ?? '') ?? [];
      const found = (body: Buffer | string, type: string): void => {
        response
          .writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(body) })
          .end(body);
      };
      if (kind === 'blobs')
        return found(lies.blob?.(blob(name), name) ?? blob(name), 'application/octet-stream');
      if (kind !== 'manifests') return found('{}', 'application/json');
      const index = JSON.parse(readFileSync(path.join(layout, 'index.json'), 'utf8')) as {
        manifests: { digest: string }[];
      };
      const manifest = blob(name.startsWith('sha256:') ? name : (index.manifests[0]?.digest ?? ''));
      found(
        lies.manifest?.(manifest) ?? manifest,
        lies.mediaType ?? 'application/vnd.oci.image.manifest.v1+json',
      );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new LyingRegistry(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}
