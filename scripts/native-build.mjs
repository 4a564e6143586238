// Configures and builds the developer targets of CMakeLists.txt in build-native/, with clang, through cmake-js. It needs no
// headers of Node: no target includes them, and `binary.napi_versions` in package.json tells cmake-js not to fetch any.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const buildDirectory = path.join(root, 'build-native');

/** Runs a program on this terminal; answers its exit status, after a signal 128 + its number's stand-in. */
export function run(program, args, options = {}) {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit', cwd: root, ...options });
  if (error) {
    console.error(`cannot run ${program}: ${error.message}`);
    return 127;
  }
  return status ?? 128;
}

/** Builds the targets; ends the process if that fails. */
export function build(...targets) {
  const cmakeJs = createRequire(import.meta.url).resolve('cmake-js/bin/cmake-js');
  const env = {
    ...process.env,
    CXX: process.env.CXX ?? 'clang++',
    CC: process.env.CC ?? 'clang',
    CMAKE_BUILD_PARALLEL_LEVEL: '2',
  };
  for (const target of targets) {
    const args = [
      cmakeJs,
      'build',
      '--log-level',
      'error',
      '--out',
      buildDirectory,
      '--config',
      'Debug',
      '--target',
      target,
    ];
    const status = run(process.execPath, args, { env });
    if (status !== 0) process.exit(status);
  }
}
