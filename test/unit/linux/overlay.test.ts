import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optionName, rawOptions } from '../../../src/linux/mounts/options.js';
import { escapeLayer, overlayOptions } from '../../../src/linux/mounts/overlay.js';

/** How the kernel takes an option of layers apart (fs/overlayfs/params.c, ovl_parse_layers, ovl_unescape). */
function splitLayers(text: string): string[] {
  const layers = [''];
  for (let at = 0; at < text.length; at++) {
    if (text[at] === ':') layers.push('');
    else layers.push(`${layers.pop() ?? ''}${text[at] === '\\' ? text[++at] : text[at]}`);
  }
  return layers;
}

describe('the options of an overlay', () => {
  it('name every layer so that the kernel reads it again', () => {
    const paths = fc.array(fc.stringMatching(/^\/[a:\\, ]{1,12}$/), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(paths, (lower) => {
        expect(splitLayers(overlayOptions({ lower })['lowerdir'] as string)).toEqual(lower);
        expect(splitLayers(lower.map(escapeLayer).join(':'))).toEqual(lower);
      }),
    );
  });

  it('are one for each layer where one for all would be too long', () => {
    const lower = Array.from({ length: 30 }, (_, at) => `/layers/${at}:x`);
    expect(overlayOptions({ lower, upper: '/u:p', work: '/w' })).toEqual({
      'lowerdir+': lower,
      upperdir: '/u\\:p',
      workdir: '/w',
    });
  });
});

describe('options of a file system', () => {
  it('are handed over in order: texts, numbers, flags, descriptors, lists', () => {
    const raw = rawOptions({
      size: '1m',
      nr: 5,
      flag: true,
      no: false,
      none: undefined,
      fd: { fd: 7 },
      l: ['a', { fd: 8 }],
    });
    const words = ['=size', '1m', '=nr', '5', '-flag', '#fd', '7', '=l', 'a', '#l', '8'];
    expect(raw).toBe(words.map((word) => `${word}\0`).join(''));
    expect([0, 1, 2, 3, 4, 5].map((i) => optionName(raw, i))).toEqual(['size', 'nr', 'flag', 'fd', 'l', 'l']);
  });

  it.each([
    { a: '' },
    { a: 'x\0y' },
    { a: 'x'.repeat(256) },
    { a: 'ü'.repeat(128) },
    { '': 'x' },
    { a: {} as never },
    { a: { fd: -1 } },
  ])('may not be %j', (options) => {
    expect(() => rawOptions(options)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }));
  });
});
