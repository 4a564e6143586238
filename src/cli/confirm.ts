import { createInterface } from 'node:readline/promises';

/** Warns, asks whether to go on, and answers what was said; no is what an empty line says. */
export async function confirm(warning: string): Promise<boolean> {
  process.stdout.write(`${warning}\n`);
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await prompt.question('Are you sure you want to continue? [y/N] ');
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}
