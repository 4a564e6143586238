import { describe, expect, it } from 'vitest';
import { findProgram, requires } from '../../support/requires.js';

describe('findProgram', () => {
  it('finds a program and not one that is missing', () => {
    expect(findProgram('sh')).toMatch(/^\/.*\/sh$/);
    expect(findProgram('libpod-no-such-program')).toBeUndefined();
  });

  it('takes no directory for a program', () => {
    expect(findProgram('.')).toBeUndefined();
  });
});

describe('requires', () => {
  it('is content with nothing', () => {
    expect(requires({})).toBe(true);
  });

  it('throws in CI for what CI installs', () => {
    const before = process.env['PATH'];
    process.env['PATH'] = '/nonexistent';
    try {
      expect(() => requires({ bwrap: true }, true)).toThrow('bwrap is not installed');
    } finally {
      process.env['PATH'] = before;
    }
  });
});
