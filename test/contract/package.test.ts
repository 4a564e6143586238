import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requires } from '../support/requires.js';

/*
 * The package as a user gets it: packed, installed into an empty directory, built there by its own install script.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const call = promisify(execFile);
const runnable = requires({ root: true });

const directory = mkdtempSync(path.join(tmpdir(), 'libpod-package-'));
const project = path.join(directory, 'project');
const store = [
  '--root',
  path.join(directory, 'root'),
  '--runroot',
  path.join(directory, 'run'),
  '--cgroup-parent',
  `/libpod-package-${process.pid}`,
];

beforeAll(async () => {
  // dist/ is packed as it is: building it again would pull it away from under tests that run beside this one.
  const { stdout } = await call(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--pack-destination', directory],
    { cwd: ROOT },
  );
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  const tarball = `file:${path.join(directory, packed?.filename ?? 'none')}`;
  mkdirSync(project);
  // npm 11 runs the install script of a dependency that is allowed here, and warns about others (npm-install(1), allowScripts).
  const manifest = {
    name: 'user',
    private: true,
    type: 'module',
    dependencies: { libpod: tarball },
    allowScripts: { [tarball]: true },
  };
  writeFileSync(path.join(project, 'package.json'), JSON.stringify(manifest));
  await call('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: project });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Runs a program as a file of the user's. */
async function runScript(text: string): Promise<string> {
  const file = path.join(project, 'script.js');
  writeFileSync(file, text);
  return (await call(process.execPath, [file], { cwd: project })).stdout;
}

describe('the installed package', () => {
  const installed = path.join(project, 'node_modules', 'libpod');

  it('has what a user needs and not what a developer does', () => {
    const names = readdirSync(installed);
    expect(names).toEqual(
      expect.arrayContaining([
        'CHANGELOG.md',
        'LICENSE',
        'README.md',
        'dist',
        'docs',
        'native',
        'package.json',
      ]),
    );
    for (const name of ['src', 'test', 'bench', 'scripts', 'CMakeLists.txt', '.ci'])
      expect(names, name).not.toContain(name);
    expect(readdirSync(path.join(installed, 'native')).sort()).toEqual([
      'addon',
      'launch',
      'monitor',
      'rt',
      'sources.json',
      'sys',
    ]);
  });

  it('has the types that its package.json names', () => {
    const { exports, types } = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8')) as {
      exports: Record<string, string | { types: string; default: string }>;
      types: string;
    };
    const files = [
      types,
      ...Object.values(exports).flatMap((door) => (typeof door === 'string' ? [door] : Object.values(door))),
    ];
    for (const file of files) expect(existsSync(path.join(installed, file)), file).toBe(true);
  });

  it('is imported by its names', async () => {
    const output = await runScript(`
      import { Runtime, LibpodError } from 'libpod';
      import { parseMountinfo, signalNumber } from 'libpod/linux';
      console.log([Runtime, LibpodError, parseMountinfo].map((value) => typeof value).join(), signalNumber('TERM'));
    `);
    expect(output).toBe('function,function,function 15\n');
  });

  it('lets nobody reach inside', async () => {
    await expect(runScript(`import 'libpod/dist/native/index.js';`)).rejects.toThrow(
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
    );
  });

  it.skipIf(!runnable)('runs a container from the command line', async () => {
    const args = ['libpod', ...store, 'run', '--rm', '--host-root', '--', 'echo', 'hi'];
    const { stdout, stderr } = await call('npx', ['--no-install', ...args], { cwd: project });
    expect(stdout).toBe('hi\n');
    expect(stderr.split('\n').filter((line) => line !== '' && !line.startsWith('npm warn'))).toEqual([]);
  });
});
