import { connect } from 'node:net';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Runtime } from '../../src/index.js';
import { archiveOf } from '../support/archives.js';
import { FakeRegistry } from '../support/fake-registry.js';
import { requires } from '../support/requires.js';
import { withStore, type TestStore } from '../support/store.js';

const LAYER = archiveOf({ name: 'large', data: 'x'.repeat(300_000) }, { name: 'small', data: 'y' });
const HALF = 100_000;
const plain = { tlsVerify: false, retryDelay: 1 } as const;

/** Runs a body with a registry of its own, and sees that nothing of its image stays. */
function withRegistry(body: (runtime: Runtime, registry: FakeRegistry, store: TestStore) => Promise<void>) {
  return withStore(async (runtime, store) => {
    await using registry = await FakeRegistry.start(LAYER);
    await body(runtime, registry, store);
    await runtime.images.prune({ all: true });
    expect(readdirSync(path.join(store.root, 'images/parts'))).toEqual([]);
  });
}

/** The first answers to requests for the layer, in place of the right one. */
function firstly(registry: FakeRegistry, ...answers: FakeRegistry['misbehave'][]): void {
  registry.misbehave = (request, response) => {
    if (request.url?.endsWith(registry.layerDigest) !== true) return false;
    return answers.shift()?.(request, response) ?? false;
  };
}

describe.skipIf(!requires({ root: true }))('a registry that misbehaves', () => {
  it(
    'and breaks off in the middle is asked for the rest',
    withRegistry(async ({ images }, registry) => {
      firstly(
        registry,
        (_request, response) => {
          response.writeHead(200, { 'content-length': LAYER.length });
          response.write(LAYER.subarray(0, HALF), () => response.destroy());
          return true;
        },
        // An answer that ends too early, as if that were all of it.
        (_request, response) => {
          response.end(LAYER.subarray(0, HALF + 50_000));
          return true;
        },
      );
      await images.pull(`${registry.host}/app`, plain);
      const [first, second, third] = registry.layerRequests.map(({ headers }) => headers.range);
      expect(first).toBeUndefined();
      expect(second).toMatch(/^bytes=\d+-$/);
      expect(third).toBe(`bytes=${HALF + 50_000}-`);
    }),
  );

  it(
    'and is overloaded is asked again, but not for ever',
    withRegistry(async ({ images }, registry) => {
      const busy =
        (status: number) => (_request: unknown, response: Parameters<FakeRegistry['misbehave']>[1]) => {
          response.writeHead(status, { 'retry-after': '0' }).end();
          return true;
        };
      firstly(registry, busy(429), busy(503));
      await images.pull(`${registry.host}/app`, plain);
      expect(registry.layerRequests).toHaveLength(3);
      await images.prune({ all: true });
      registry.misbehave = busy(429);
      registry.requests.length = 0;
      await expect(images.pull(`${registry.host}/app`, { ...plain, retries: 2 })).rejects.toMatchObject({
        code: 'ERR_REGISTRY',
        message: expect.stringContaining('asks for patience'),
      });
      expect(registry.requests.filter(({ url }) => url.includes('manifests'))).toHaveLength(3);
    }),
  );

  it(
    'and sends elsewhere sends no credentials there',
    withRegistry(async ({ images }, registry) => {
      await using elsewhere = await FakeRegistry.start(LAYER);
      const credentials = { username: 'ann', password: 'secret' };
      registry.misbehave = ({ url, headers }, response) => {
        if (headers.authorization === undefined) {
          response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
          return true;
        }
        if (url?.endsWith(registry.layerDigest) !== true) return false;
        response.writeHead(307, { location: `http://${elsewhere.host}${url}` }).end();
        return true;
      };
      await images.pull(`${registry.host}/app`, { ...plain, credentials });
      await images.prune({ all: true });
      // One that asks for them gets none either.
      elsewhere.misbehave = (_request, response) => {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="mine"' }).end();
        return true;
      };
      await expect(images.pull(`${registry.host}/app`, { ...plain, credentials })).rejects.toMatchObject({
        code: 'ERR_UNAUTHORIZED',
      });
      expect(elsewhere.requests.length).toBeGreaterThanOrEqual(2);
      expect(elsewhere.requests.map(({ headers }) => headers.authorization).filter(Boolean)).toEqual([]);
      registry.misbehave = (request, response) => {
        if (request.url?.includes('manifests') !== true) return false;
        response.writeHead(302, { location: request.url }).end();
        return true;
      };
      await expect(images.pull(`${registry.host}/app`, plain)).rejects.toThrow('without end');
    }),
  );

  it(
    'and says nothing more is left by a signal; the next pull goes on from there',
    withRegistry(async ({ images }, registry) => {
      const aborter = new AbortController();
      firstly(registry, (_request, response) => {
        response.writeHead(200, { 'content-length': LAYER.length });
        response.write(LAYER.subarray(0, HALF));
        return true;
      });
      const pull = images.pull(`${registry.host}/app`, { ...plain, signal: aborter.signal });
      const seen = (async () => {
        for await (const { state, current } of pull)
          if (state === 'downloading' && current >= HALF) aborter.abort();
      })();
      await expect(seen).rejects.toMatchObject({ code: 'ERR_ABORTED' });
      await expect(pull).rejects.toMatchObject({ code: 'ERR_ABORTED' });
      await images.pull(`${registry.host}/app`, plain);
      expect(registry.layerRequests.at(-1)?.headers.range).toBe(`bytes=${HALF}-`);
    }),
  );

  it(
    'is passed over for the next mirror, and for the next of a short name',
    withRegistry(async ({ images }, registry, store) => {
      await using broken = await FakeRegistry.start(LAYER);
      broken.misbehave = (request, response) => {
        if (request.url === '/v2/') return false;
        response.writeHead(404).end();
        return true;
      };
      const registriesConf = path.join(store.directory, 'registries.conf');
      writeFileSync(
        registriesConf,
        [
          `unqualified-search-registries = ["${broken.host}", "${registry.host}"]`,
          '[[registry]]\nprefix = "far.example.org"\nlocation = "far.example.invalid"',
          `[[registry.mirror]]\nlocation = "${broken.host}/a"\ninsecure = true`,
          `[[registry.mirror]]\nlocation = "${registry.host}/b"\ninsecure = true`,
          ...[broken, registry].map(({ host }) => `[[registry]]\nlocation = "${host}"\ninsecure = true`),
        ].join('\n'),
      );
      const options = { registriesConf, retryDelay: 1 };
      const mirrored = await images.pull('far.example.org/app:1', options);
      expect(mirrored.names).toEqual(['far.example.org/app:1']);
      expect(broken.requests.map(({ url }) => url)).toContain('/v2/a/app/manifests/1');
      expect(registry.requests.map(({ url }) => url)).toContain('/v2/b/app/manifests/1');
      const short = await images.pull('team/app', options);
      expect(short.names).toContain(`${registry.host}/team/app:latest`);
      expect(broken.requests.map(({ url }) => url)).toContain('/v2/team/app/manifests/latest');
    }),
  );

  it(
    'is reached through a proxy, unless that is not to be',
    withRegistry(async ({ images }, registry) => {
      const asked: string[] = [];
      const proxy = createServer().listen(0, '127.0.0.1');
      proxy.on('connect', (request, socket, head) => {
        asked.push(request.url ?? '');
        const onward = connect(registry.port, '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n');
          onward.write(head);
          onward.pipe(socket).pipe(onward);
        });
        for (const end of [onward, socket]) end.on('error', () => undefined);
      });
      await once(proxy, 'listening');
      const address = `http://127.0.0.1:${(proxy.address() as { port: number }).port}`;
      const before = { ...process.env };
      Object.assign(process.env, { HTTP_PROXY: address, HTTPS_PROXY: address, NO_PROXY: 'other.invalid' });
      try {
        const image = await images.pull('registry.invalid:5000/app', plain);
        expect(image.names).toEqual(['registry.invalid:5000/app:latest']);
        expect(new Set(asked)).toEqual(new Set(['registry.invalid:5000']));
        await expect(images.pull('other.invalid/app', { ...plain, retries: 0 })).rejects.toMatchObject({
          code: 'ERR_REGISTRY',
        });
        expect(new Set(asked)).toEqual(new Set(['registry.invalid:5000']));
      } finally {
        process.env = before;
        proxy.closeAllConnections();
        proxy.close();
      }
    }),
  );
});
