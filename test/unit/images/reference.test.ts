import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completeReference, parseReference, referenceText } from '../../../src/images/reference.js';

const digest = `sha256:${'ab'.repeat(32)}`;
const full = (text: string): string => referenceText(completeReference(parseReference(text)));

describe('the name of an image', () => {
  it.each([
    ['alpine', 'docker.io/library/alpine:latest'],
    ['alpine:3.20', 'docker.io/library/alpine:3.20'],
    ['team/app', 'docker.io/team/app:latest'],
    ['docker.io/alpine', 'docker.io/library/alpine:latest'],
    ['index.docker.io/alpine', 'docker.io/library/alpine:latest'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/app', 'localhost:5000/app:latest'],
    ['localhost:5000', 'docker.io/library/localhost:5000'],
    ['[::1]:5000/a/b:c', '[::1]:5000/a/b:c'],
    ['quay.io/a/b/c__d/e-f.g:T_1', 'quay.io/a/b/c__d/e-f.g:T_1'],
    [`alpine@${digest}`, `docker.io/library/alpine@${digest}`],
    [`alpine:3@${digest}`, `docker.io/library/alpine:3@${digest}`],
  ])('%s is %s', (text, expected) => {
    expect(full(text)).toBe(expected);
  });

  it.each([
    'localhost:99999/x',
    '',
    'Alpine',
    'a//b',
    '/a',
    'a/',
    'a:',
    'a:-x',
    `a:${'x'.repeat(129)}`,
    'a@sha256:12',
    'a@md5:12',
    'a b',
    '../a',
    'a/../b',
    '-a',
    'a___b',
    'host:123456/a',
    'http://host/a',
    `a/${'b'.repeat(255)}`,
    'a\n',
  ])('%j is refused', (text) => {
    expect(() => parseReference(text)).toThrow(/is not valid/);
  });

  const component = fc.stringMatching(/^[a-z0-9]{1,8}(?:(?:\.|_|__|-{1,3})[a-z0-9]{1,8}){0,2}$/);
  const registry = fc.oneof(
    fc.constant(undefined),
    fc.constantFrom('localhost', 'quay.io', 'host:5000', 'docker.io', '10.0.0.1:80'),
  );
  const tag = fc.option(fc.stringMatching(/^\w[\w.-]{0,20}$/), { nil: undefined });

  it('means the same when it is written in full', () => {
    fc.assert(
      fc.property(
        registry,
        fc.array(component, { minLength: 1, maxLength: 4 }),
        tag,
        fc.boolean(),
        (host, parts, label, digested) => {
          const text = [host, ...parts].filter((part) => part !== undefined).join('/');
          // A first part with a dot is a registry itself.
          fc.pre(host !== undefined || parts.length === 1 || !/\./.test(parts[0]!));
          fc.pre(text !== 'localhost' && (host !== undefined || parts[0] !== 'localhost'));
          const written = `${text}${label === undefined ? '' : `:${label}`}${digested ? `@${digest}` : ''}`;
          const once = full(written);
          expect(full(once)).toBe(once);
          const { repository, tag: read, digest: sum } = completeReference(parseReference(written));
          expect(repository.endsWith(parts.join('/'))).toBe(true);
          expect(read).toBe(label ?? (digested ? undefined : 'latest'));
          expect(sum).toBe(digested ? digest : undefined);
        },
      ),
    );
  });

  it('is refused or read, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          expect(full(text)).toMatch(/^[^\s/]+\/[^\s]+$/);
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
        }
      }),
    );
  });
});
