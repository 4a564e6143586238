import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  findCredentials,
  forgetCredentials,
  saveCredentials,
} from '../../../src/images/registry/auth-files.js';
import { parseChallenges } from '../../../src/images/registry/challenge.js';
import { choosePlatform, parsePlatform } from '../../../src/images/platform.js';
import { completeReference, parseReference } from '../../../src/images/reference.js';
import { readRegistriesConf, sourcesOf } from '../../../src/images/registry/registries-conf.js';
import { bypassesProxy } from '../../../src/images/registry/transport.js';
import { parseImageConfig, parseIndex, parseManifest } from '../../../src/oci/validate-image.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'libpod-images-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(name: string, text: string): string {
  const file = path.join(directory, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o755 });
  return file;
}

describe('WWW-Authenticate', () => {
  it('is read with quotes, escapes and several schemes', () => {
    expect(
      parseChallenges('Bearer realm="https://a/t?x=1,2",service=reg, scope="a \\"b\\"" , Basic realm="x"'),
    ).toEqual([
      { scheme: 'bearer', parameters: { realm: 'https://a/t?x=1,2', service: 'reg', scope: 'a "b"' } },
      { scheme: 'basic', parameters: { realm: 'x' } },
    ]);
    expect(parseChallenges('=nonsense')).toEqual([]);
    expect(parseChallenges('')).toEqual([]);
  });
});

describe('registries.conf', () => {
  const of = (text: string, name: string) =>
    sourcesOf(readRegistriesConf(write('registries.conf', text)), completeReference(parseReference(name)));

  it('gives mirrors first, then the location, of the longest prefix', () => {
    const text = `
      [[registry]]
      prefix = "quay.io"
      location = "elsewhere.org"
      [[registry]]
      prefix = "quay.io/team"
      location = "10.0.0.1:5000/mine"
      insecure = true
      [[registry.mirror]]
      location = "mirror.org/quay"
    `;
    expect(of(text, 'quay.io/team/app')).toEqual([
      { host: 'mirror.org', repository: 'quay/app', insecure: false },
      { host: '10.0.0.1:5000', repository: 'mine/app', insecure: true },
    ]);
    expect(of(text, 'quay.io/teams/app')).toEqual([
      { host: 'elsewhere.org', repository: 'teams/app', insecure: false },
    ]);
    expect(of(text, 'docker.io/a/b')).toEqual([{ host: 'docker.io', repository: 'a/b', insecure: false }]);
  });

  it('blocks, and has domains with a star', () => {
    const text = '[[registry]]\nprefix = "*.bad.org"\nblocked = true\n';
    expect(() => of(text, 'x.bad.org/a')).toThrow('blocked');
    expect(of(text, 'xbad.org/a')).toHaveLength(1);
  });

  it('is one with its drop-ins, of which the last wins', () => {
    const file = write('r.conf', 'unqualified-search-registries = ["one.org"]\n[aliases]\nx = "a.org/x"\n');
    write('r.conf.d/b.conf', 'unqualified-search-registries = ["two.org"]\n');
    write('r.conf.d/a.conf', '[aliases]\ny = "b.org/y"\n');
    expect(readRegistriesConf(file)).toEqual({
      rules: [],
      searchRegistries: ['two.org'],
      aliases: { x: 'a.org/x', y: 'b.org/y' },
    });
  });

  it('names the file that cannot be read', () => {
    expect(() => readRegistriesConf(write('bad.conf', '[['))).toThrow(/bad\.conf is no TOML/);
    expect(readRegistriesConf(path.join(directory, 'none')).rules).toEqual([]);
  });
});

describe('credentials', () => {
  it('are those of the most particular key', async () => {
    const auth = (text: string) => ({ auth: Buffer.from(text).toString('base64') });
    const file = write(
      'auth.json',
      JSON.stringify({
        auths: {
          'h.org': auth('a:1'),
          'h.org/team': auth('b:2:3'),
          'https://index.docker.io/v1/': auth('c:4'),
        },
      }),
    );
    expect(await findCredentials('h.org', 'team/app', file)).toEqual({ username: 'b', password: '2:3' });
    expect(await findCredentials('h.org', 'teams/app', file)).toEqual({ username: 'a', password: '1' });
    expect(await findCredentials('docker.io', 'library/x', file)).toEqual({ username: 'c', password: '4' });
    expect(await findCredentials('other.org', 'x', file)).toBeUndefined();
  });

  it('come from helpers', async () => {
    write(
      'docker-credential-test',
      '#!/bin/sh\nread server || true\necho "{\\"ServerURL\\":\\"$server\\",\\"Username\\":\\"u\\",\\"Secret\\":\\"$server!\\"}"\n',
    );
    const file = write('auth.json', JSON.stringify({ credHelpers: { 'h.org': 'test' } }));
    const before = process.env['PATH'];
    process.env['PATH'] = `${directory}:${before}`;
    try {
      expect(await findCredentials('h.org', 'x', file)).toEqual({ username: 'u', password: 'h.org!' });
    } finally {
      process.env['PATH'] = before;
    }
  });

  it('are given to helpers, and taken from them', async () => {
    write(
      'docker-credential-keep',
      `#!/bin/sh
       kept=${directory}/kept
       case $1 in
         store) cat > $kept ;;
         erase) rm $kept ;;
         get) cat $kept 2> /dev/null || { echo "credentials not found in native keychain"; exit 1; } ;;
       esac
      `,
    );
    const file = write('auth.json', JSON.stringify({ credHelpers: { 'h.org': 'keep' } }));
    const before = process.env['PATH'];
    process.env['PATH'] = `${directory}:${before}`;
    try {
      await saveCredentials('h.org', { username: 'u', password: 'p' }, file);
      expect(JSON.parse(readFileSync(path.join(directory, 'kept'), 'utf8'))).toEqual({
        ServerURL: 'h.org',
        Username: 'u',
        Secret: 'p',
      });
      expect(readFileSync(file, 'utf8')).not.toContain('auths');
      expect(await findCredentials('h.org', 'x', file)).toEqual({ username: 'u', password: 'p' });
      expect(await forgetCredentials('h.org', file)).toBe(true);
      expect(await forgetCredentials('h.org', file)).toBe(false);
    } finally {
      process.env['PATH'] = before;
    }
  });

  it('are kept and forgotten, and what cannot be read is not quoted', async () => {
    const file = path.join(directory, 'deep/auth.json');
    await saveCredentials('h.org', { username: 'u', password: 'p' }, file);
    expect(await findCredentials('h.org', '', file)).toEqual({ username: 'u', password: 'p' });
    // What every object of JavaScript has is no registry.
    expect(await findCredentials('constructor', '', file)).toBeUndefined();
    expect(await forgetCredentials('constructor', file)).toBe(false);
    expect(await forgetCredentials('h.org', file)).toBe(true);
    expect(await forgetCredentials('h.org', file)).toBe(false);
    const broken = write('broken.json', '{"auths":{"h.org":{"auth":"c2VjcmV0"');
    await expect(findCredentials('h.org', '', broken)).rejects.toThrow(/^[^]*is no JSON$/);
  });
});

describe('NO_PROXY', () => {
  it.each([
    ['a.org', 'b.org, a.org', true],
    ['x.a.org', '.a.org', true],
    ['xa.org', 'a.org', false],
    ['a.org', '*', true],
    ['a.org', '', false],
  ])('%s with %j: %s', (host, noProxy, expected) => {
    expect(bypassesProxy(host, noProxy)).toBe(expected);
  });
});

describe('documents of images', () => {
  const descriptor = (mediaType: string) => ({ mediaType, digest: `sha256:${'0'.repeat(64)}`, size: 1 });
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor('application/vnd.oci.image.config.v1+json'),
    layers: [descriptor('application/vnd.oci.image.layer.v1.tar+gzip')],
  };
  const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

  it('are read', () => {
    expect(parseManifest(bytes(manifest), 'm').layers).toHaveLength(1);
    const config = {
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: [] },
      config: { Cmd: null },
    };
    expect(parseImageConfig(bytes(config), 'c').config).toEqual({});
  });

  it.each([
    [
      'another media type',
      { ...manifest, mediaType: 'application/vnd.oci.image.index.v1+json' },
      'announced',
    ],
    ['both kinds at once', { ...manifest, mediaType: undefined, manifests: [] }, 'at once'],
    [
      'a digest that leads out',
      { ...manifest, layers: [{ ...manifest.layers[0], digest: 'sha256:../../x' }] },
      'digest',
    ],
    ['a negative size', { ...manifest, layers: [{ ...manifest.layers[0], size: -1 }] }, 'size'],
    ['a layer of another kind', { ...manifest, layers: [descriptor('text/html')] }, 'no layer'],
    ['schema 1', { schemaVersion: 1, fsLayers: [] }, 'schemaVersion'],
    ['too many layers', { ...manifest, layers: Array(501).fill(manifest.layers[0]) }, 'more than 500'],
    ['nothing', null, 'must be'],
  ])('with %s are refused', (_what, value, sentence) => {
    expect(() => parseManifest(bytes(value), 'm')).toThrow(sentence);
  });

  it('are JSON', () => {
    expect(() => parseManifest(Buffer.from([0xff]), 'm')).toThrow('is not JSON');
    expect(() => parseIndex(bytes(manifest), 'i')).toThrow();
  });

  it('are chosen by platform', () => {
    const entry = (architecture: string, variant?: string) => ({
      ...descriptor('application/vnd.oci.image.manifest.v1+json'),
      platform: { os: 'linux', architecture, variant },
    });
    const index = {
      schemaVersion: 2 as const,
      manifests: [entry('arm', 'v6'), entry('arm', 'v7'), entry('amd64')],
    };
    expect(choosePlatform(index, parsePlatform('linux/arm/v7'))).toBe(index.manifests[1]);
    expect(choosePlatform(index, parsePlatform('linux/amd64'))).toBe(index.manifests[2]);
    expect(choosePlatform(index, parsePlatform('linux/arm/v8'))).toBeUndefined();
    expect(choosePlatform(index, parsePlatform('windows/amd64'))).toBeUndefined();
    expect(() => parsePlatform('linux')).toThrow('is not valid');
  });
});
