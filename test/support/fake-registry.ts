import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';

/** What a test says about a request before the registry answers it. @returns whether it has answered */
export type Misbehaviour = (request: IncomingMessage, response: ServerResponse) => boolean;

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** A registry with one image of one layer, in this process, that misbehaves as a test wants it. */
export class FakeRegistry implements AsyncDisposable {
  readonly layer: Buffer;
  readonly layerDigest: string;
  readonly requests: { readonly url: string; readonly headers: IncomingHttpHeaders }[] = [];
  misbehave: Misbehaviour = () => false;
  readonly #server: Server;
  readonly #blobs = new Map<string, Buffer>();
  readonly #manifest: Buffer;

  private constructor(layer: Buffer) {
    this.layer = layer;
    this.layerDigest = digestOf(layer);
    const config = Buffer.from(
      JSON.stringify({
        architecture: process.arch === 'x64' ? 'amd64' : process.arch,
        os: 'linux',
        rootfs: { type: 'layers', diff_ids: [this.layerDigest] },
      }),
    );
    for (const blob of [layer, config]) this.#blobs.set(digestOf(blob), blob);
    this.#manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        config: {
          mediaType: 'application/vnd.oci.image.config.v1+json',
          digest: digestOf(config),
          size: config.length,
        },
        layers: [
          {
            mediaType: 'application/vnd.oci.image.layer.v1.tar',
            digest: this.layerDigest,
            size: layer.length,
          },
        ],
      }),
    );
    this.#server = createServer((request, response) => {
      const { url = '', headers } = request;
      this.requests.push({ url, headers });
      if (!this.misbehave(request, response)) this.answer(request, response);
    });
  }

  static async start(layer: Buffer): Promise<FakeRegistry> {
    const registry = new FakeRegistry(layer);
    registry.#server.listen(0, '127.0.0.1');
    await once(registry.#server, 'listening');
    return registry;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** The requests for the layer. */
  get layerRequests(): readonly { readonly url: string; readonly headers: IncomingHttpHeaders }[] {
    return this.requests.filter(({ url }) => url.endsWith(this.layerDigest));
  }

  /** Answers as a registry does. */
  answer({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
    const [, kind, what = ''] = /^\/v2\/.+\/(manifests|blobs)\/([^/]+)$/.exec(url) ?? [];
    if (url === '/v2/') response.end('{}');
    else if (kind === 'manifests')
      response
        .writeHead(200, { 'content-type': 'application/vnd.oci.image.manifest.v1+json' })
        .end(this.#manifest);
    else {
      const blob = this.#blobs.get(what);
      const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
      if (blob === undefined) response.writeHead(404).end();
      else if (from === 0) response.end(blob);
      else
        response
          .writeHead(206, { 'content-range': `bytes ${from}-${blob.length - 1}/${blob.length}` })
          .end(blob.subarray(from));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
