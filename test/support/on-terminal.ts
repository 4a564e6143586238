import { fileURLToPath } from 'node:url';
import { launchProgram } from './cli.js';

/** What is done at a terminal (on-terminal.py). */
export type TerminalStep =
  | readonly ['expect', string]
  | readonly ['send', string]
  | readonly ['size', rows: number, columns: number]
  | readonly ['signal', number]
  /** Takes the terminal away, as a window that is closed; it must be the last step. */
  | readonly ['hangup']
  /** Waits until the terminal is raw. */
  | readonly ['raw'];

export interface TerminalResult {
  /** The exit status; minus the signal after one. */
  readonly status: number;
  readonly output: string;
  /** Whether the terminal has its modes again. */
  readonly modes: boolean;
}

/** Runs a program on a terminal of its own, of 24 rows and 80 columns. */
export async function onTerminal(argv: readonly string[], ...steps: TerminalStep[]): Promise<TerminalResult> {
  const helper = fileURLToPath(new URL('on-terminal.py', import.meta.url));
  const { status, stdout, stderr } = await launchProgram(
    'python3',
    [helper, JSON.stringify({ argv, steps })],
    '',
  ).ended;
  if (status !== 0) throw new Error(`the terminal's program failed: ${stderr}`);
  return JSON.parse(stdout) as TerminalResult;
}
