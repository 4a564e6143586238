import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** Asks for a line on the terminal. @param secret what is typed is not shown */
export async function ask(question: string, secret = false): Promise<string> {
  const hidden = new Writable({ write: (_piece, _encoding, done) => done() });
  const prompt = createInterface({
    input: process.stdin,
    output: secret ? hidden : process.stderr,
    terminal: true,
  });
  // Only now: the terminal echoes what is typed until the interface has made it raw.
  process.stderr.write(question);
  try {
    return await new Promise<string>((resolve, reject) => {
      prompt.once('line', resolve);
      prompt.once('SIGINT', () => reject(new Error('nothing was entered')));
      prompt.once('close', () => reject(new Error('nothing was entered')));
    });
  } finally {
    prompt.close();
    if (secret) process.stderr.write('\n');
  }
}
