import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileError } from '../../base/errno.js';
import { generateSpec } from '../../spec/generate.js';
import { usage } from '../arguments.js';
import { command } from '../command.js';

/** A specification to begin with: a shell in a terminal, as confined as a container of the library, with runc's few capabilities. */
function specification(): unknown {
  const names = ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'];
  const spec = generateSpec({
    rootfs: 'rootfs',
    command: ['sh'],
    hostname: 'container',
    terminal: true,
    readOnlyRootfs: true,
    noNewPrivileges: true,
    seccomp: 'unconfined',
    // What the caller has, which may be less than the library would ask for.
    ulimits: 'host',
    capDrop: ['ALL'],
    capAdd: names,
  });
  return spec;
}

export const definition = command({
  flags: {
    bundle: { type: 'string', short: 'b', about: 'the directory of the bundle (default: the current one)' },
    rootless: { type: 'boolean', about: 'refused: it needs root' },
  },
  words: '',
  run({ bundle = '.', rootless = false }, words) {
    if (words.length > 0) throw usage(`too many arguments: ${words.join(' ')}`);
    if (rootless) throw usage('--rootless is not supported: this runtime needs root');
    const file = path.join(bundle, 'config.json');
    if (existsSync(file)) throw usage(`File config.json exists. Remove it first: ${path.resolve(file)}`);
    try {
      writeFileSync(file, `${JSON.stringify(specification(), undefined, 2)}\n`, { mode: 0o644, flag: 'wx' });
    } catch (error) {
      throw fileError(`write ${file}`, error);
    }
    return 0;
  },
});
