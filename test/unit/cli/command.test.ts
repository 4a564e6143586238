import { describe, expect, it } from 'vitest';
import { PodmanCommand } from '../../../src/cli/command.js';
import { UsageError } from '../../../src/cli/errors.js';

function parse(words: readonly string[], passThrough = false) {
  const command = new PodmanCommand('x');
  command
    .argument('[words...]')
    .option('-a, --all', 'one that is off')
    .option('--no-stream', 'one that is on')
    .option('-n, --name <name>', 'one with a value')
    .action(() => undefined);
  if (passThrough) command.passThroughOptions();
  command.parse(words, { from: 'user' });
  return { ...command.opts<Record<string, unknown>>(), words: command.args };
}

describe('flags that are written as podman takes them', () => {
  it('may have their boolean behind arguments, as any flag', () => {
    expect(parse(['one', '--no-stream=false', 'two', '-a=false'])).toEqual({
      all: false,
      stream: true,
      words: ['one', 'two'],
    });
    expect(parse(['one', '--no-stream=t'])).toMatchObject({ stream: false });
  });

  it('are not looked for in the value of another, nor behind --', () => {
    expect(parse(['one', '--name', '--all=false', '--', '--all=true'])).toMatchObject({
      name: '--all=false',
      words: ['one', '--all=true'],
    });
  });

  it('end with the first argument where a command line of its own follows', () => {
    expect(parse(['one', '--all=false', '-x'], true)).toEqual({
      stream: true,
      words: ['one', '--all=false', '-x'],
    });
  });

  it('refuse what is no boolean', () => {
    expect(() => parse(['one', '--all=maybe'])).toThrow(UsageError);
  });
});
