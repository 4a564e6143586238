import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { requires } from '../support/requires.js';

/*
 * The examples as a user runs them: compiled, importing the built package by its name.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const runnable = requires({ root: true });

/** What each example prints. */
const EXPECTED: Record<string, (output: string) => void> = {
  hello: (output) =>
    expect(output).toMatch(/^stdout: hello from [0-9a-f]{12}\nstderr: and an error\nexit code 3\n$/),
  streams: (output) =>
    expect(JSON.parse(output)).toEqual({ sorted: 'apple\npear\n', errors: '', exitCode: 0 }),
  sandbox: (output) => expect(output).toBe("[ 'apple', 'pear' ]\ntimed out: true\ncontainers left: 0\n"),
  limits: (output) => {
    expect(output).toContain('user uid=65534 gid=65534');
    expect(output).toContain('no-new-privileges');
    expect(output).toMatch(/it took too long\nexit code 137\n$/);
  },
};

function run(
  name: string,
  directory: string,
): Promise<{ output: string; errors: string; status: number | null }> {
  const env = {
    ...process.env,
    LIBPOD_ROOT: path.join(directory, 'root'),
    LIBPOD_RUNROOT: path.join(directory, 'run'),
  };
  const child = spawn(process.execPath, ['scripts/example.mjs', name], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  return new Promise((resolve) => child.on('close', (status) => resolve({ output, errors, status })));
}

it('are all run here', () => {
  const names = readdirSync(path.join(ROOT, 'examples')).filter((file) => file.endsWith('.ts'));
  expect(names.map((file) => path.basename(file, '.ts')).sort()).toEqual(Object.keys(EXPECTED).sort());
});

describe.skipIf(!runnable)('an example', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'libpod-examples-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it.each(Object.keys(EXPECTED))('%s', async (name) => {
    const { output, errors, status } = await run(name, directory);
    expect(errors).toBe('');
    expect(status).toBe(0);
    EXPECTED[name]?.(output);
    expect(readdirSync(path.join(directory, 'root', 'containers'))).toEqual([]);
  });
});
