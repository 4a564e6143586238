#!/usr/bin/env -S node --
// The two dashes matter: without them Node 20 reads an --env-file behind the script's name itself, and obeys the NODE_OPTIONS
// in it (https://github.com/nodejs/node/issues/54232). A file that was meant for a container would run code as root.
import { exitOnUnwritableOutput } from './output/broken-pipe.js';
import { exitCodeOf, reportError, reportWarnings } from './errors.js';
import { makeProgram } from './program.js';
import { leave } from './terminal.js';

async function main(): Promise<number> {
  try {
    const program = makeProgram();
    await program.parseAsync(process.argv);
    return program.exitCode;
  } catch (error) {
    reportError(error);
    return exitCodeOf(error);
  }
}

exitOnUnwritableOutput();
reportWarnings();
// No `await` here: the program is shipped as CommonJS (scripts/bundle.mjs).
void main().then((code) => {
  // An open stdin, or a terminal, would keep the process alive; what was written is waited for. An error of writing comes some ticks
  // after the write's own end.
  process.stdout.write('', () => process.stderr.write('', () => setImmediate(leave, code)));
});
