// Loaded before an engine under test (`node --import`): counts its steps towards the outside, and ends the process with SIGKILL right
// before the n-th. A step is a call into the addon that changes something, one file operation of a list, one file of a tree
// that is removed, a write to a socket, a changing call of node:fs. What happens between two steps nobody else can see.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import path from 'node:path';

const killAt = Number(process.env.LIBPOD_TEST_KILL_AT ?? 0);
let armed = false;
let count = 0;
const labels = new Map();
let label = '';

/** One step is about to be done. */
function step() {
  if (!armed) return;
  count++;
  labels.set(label, (labels.get(label) ?? 0) + 1);
  if (count === killAt) process.kill(process.pid, 'SIGKILL');
}

/** For the script of the engine: `crash.during(name)` counts from here, under this name; `crash.counted()` stops, and answers. */
globalThis.crash = {
  during(name) {
    label = name;
    armed = true;
  },
  counted() {
    armed = false;
    return { count, labels: Object.fromEntries(labels) };
  },
};

// Those that only look.
const READS = new Set([
  'readText',
  'treeSize',
  'lockHolder',
  'readKernelFiles',
  'readKernelFilesAtOnce',
  'readInRoot',
  'openInRoot',
  'openBeneath',
  'openExecutable',
  'processStats',
  'namespaceFacts',
  'namespaceOwner',
  'namespaceParent',
  'namespaceOwnerUid',
  'processNamespaces',
  'startTicks',
  'pidfdOpen',
  'watch',
  'unwatch',
  'watchEnd',
]);

// By the numbers of FILE_OPS in src/native/index.ts.
const WRITE = 2;
const RENAME = 4;
const REMOVE = 6;
const DISCARD = 7;

/** What a removal of a tree does, one name after the other. */
function* removals(file) {
  const facts = fs.lstatSync(file, { throwIfNoEntry: false });
  if (facts === undefined) return;
  if (facts.isDirectory()) for (const name of fs.readdirSync(file)) yield* removals(path.join(file, name));
  yield file;
}

/** The parts of one step of a list; the last is the step itself. */
function* parts([op, at, text, mode]) {
  if (op === WRITE && text !== '') yield [WRITE, at, '', mode];
  if (op === REMOVE) for (const name of removals(at)) yield [REMOVE, name, '', 0];
  if (op === DISCARD && fs.existsSync(at)) {
    const gone = path.join(path.dirname(at), `.gone-${path.basename(at)}`);
    yield [RENAME, at, gone, 0];
    for (const name of removals(gone)) yield [REMOVE, name, '', 0];
  }
  yield [op, at, text, mode];
}

function wrap(addon) {
  const atOnce = (flat) => {
    for (let index = 0; index < flat.length; index += 4) {
      for (const part of parts(flat.slice(index, index + 4))) {
        step();
        const answer = addon.filesAtOnce(part);
        if (answer !== undefined) return { ...answer, index: index / 4 };
      }
    }
    return undefined;
  };
  const wrapped = {};
  for (const [name, call] of Object.entries(addon)) {
    wrapped[name] =
      typeof call !== 'function' || READS.has(name)
        ? call
        : (...args) => {
            step();
            return call(...args);
          };
  }
  const seen = (list, call) => (armed ? atOnce(list) : call(list));
  wrapped.filesAtOnce = (list) => seen(list, addon.filesAtOnce);
  wrapped.files = async (list) => seen(list, addon.files);
  return wrapped;
}

const { dlopen } = process;
process.dlopen = (module, file, ...rest) => {
  dlopen.call(process, module, file, ...rest);
  if (path.basename(file) === 'addon.node') module.exports = wrap(module.exports);
};

const CHANGES =
  /^(write|rename|rm|mkdir|symlink|link|unlink|truncate|chmod|append|copyFile|close|utimes)\w*Sync$/;
for (const [name, call] of Object.entries(fs)) {
  if (!CHANGES.test(name)) continue;
  fs[name] = (...args) => {
    step();
    return call(...args);
  };
}
syncBuiltinESMExports();

const { write } = Socket.prototype;
Socket.prototype.write = function (...args) {
  step();
  return write.apply(this, args);
};
