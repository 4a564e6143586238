import { describe, expect, it } from 'vitest';
import { parseWords, type Flags } from '../../../src/runtime-cli/arguments.js';

const FLAGS = {
  limit: { type: 'string', short: 'l', about: '' },
  env: { type: 'string', short: 'e', multiple: true, about: '' },
  detach: { type: 'boolean', short: 'd', about: '' },
} as const satisfies Flags;

const parse = (line: string, inOrder = false) => {
  const { values, words } = parseWords(line === '' ? [] : line.split(' '), FLAGS, inOrder);
  return [{ ...values }, words];
};

describe('words of libpod-oci', () => {
  it('give a flag the next word, whatever it begins with, as getopt does', () => {
    expect(parse('--limit -1 one')).toEqual([{ limit: '-1' }, ['one']]);
    expect(parse('-l -1 one')).toEqual([{ limit: '-1' }, ['one']]);
    expect(parse('-l-1 --limit=-2')).toEqual([{ limit: '-2' }, []]);
    expect(parse('--limit -- -d')).toEqual([{ limit: '--', detach: true }, []]);
    expect(parse('-e A=1 -e B=2')).toEqual([{ env: ['A=1', 'B=2'] }, []]);
  });

  it('take flags anywhere, or before the first word that is none', () => {
    expect(parse('one -d two')).toEqual([{ detach: true }, ['one', 'two']]);
    expect(parse('-d one -d --limit', true)).toEqual([{ detach: true }, ['one', '-d', '--limit']]);
    expect(parse('-d -- -d one', true)).toEqual([{ detach: true }, ['-d', 'one']]);
    expect(parse('-d -- -d one')).toEqual([{ detach: true }, ['-d', 'one']]);
    expect(parse('-', true)).toEqual([{}, ['-']]);
    expect(parse('')).toEqual([{}, []]);
  });

  it('give truth to flags as Go reads it', () => {
    expect(parse('--detach=T')).toEqual([{ detach: true }, []]);
    expect(parse('--detach=false')).toEqual([{}, []]);
    expect(() => parse('--detach=maybe')).toThrow('invalid value "maybe" for --detach: give true or false');
  });

  it.each([
    ['--nosuch', "Unknown option '--nosuch'"],
    ['-x', "Unknown option '-x'"],
    ['--toString', "Unknown option '--toString'"],
    ['one --limit', "Option '-l, --limit <value>' argument missing"],
    ['one -5', "Unknown option '-5'"],
  ])('are refused in one sentence: %s', (line, message) => {
    expect(() => parse(line)).toThrow(new RegExp(`^${message.replace(/[<>.-]/g, '.')}$`));
  });
});
