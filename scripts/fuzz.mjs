// npm run fuzz [-- --seconds N] [TARGET...]: runs the fuzz targets of native/fuzz, N seconds each (30 unless given). What
// they find useful is kept in build-native/corpus; an input that breaks something is left in build-native/crashes.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build, buildDirectory, run } from './native-build.mjs';
import { frameSeeds, programSeeds, sessionSeeds, tarSeeds, treeSeeds } from './fuzz-seeds.mjs';

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '30' } },
  allowPositionals: true,
});
const seconds = Number(values.seconds);
if (!Number.isInteger(seconds) || seconds < 1)
  throw new Error(`--seconds ${values.seconds} is not a whole number of seconds`);
const makers = {
  'fuzz-program': programSeeds,
  'fuzz-frames': frameSeeds,
  'fuzz-sessions': sessionSeeds,
  'fuzz-tree': treeSeeds,
  'fuzz-tar': tarSeeds,
};
/** The longest input that a target takes, in bytes: a longer one would be made in vain. */
const LONGEST = 65536;
const longest = { 'fuzz-tree': 256, 'fuzz-tar': 4096 };
const targets = positionals.length > 0 ? positionals : Object.keys(makers);
const unknown = targets.find((target) => !(target in makers));
if (unknown !== undefined)
  throw new Error(`no fuzz target ${unknown}: there are ${Object.keys(makers).join(', ')}`);

build(...targets);
const crashes = path.join(buildDirectory, 'crashes');
mkdirSync(crashes, { recursive: true });
for (const target of targets) {
  const seeds = path.join(buildDirectory, 'seeds', target);
  const corpus = path.join(buildDirectory, 'corpus', target);
  for (const directory of [seeds, corpus]) mkdirSync(directory, { recursive: true });
  for (const [name, bytes] of await makers[target]()) writeFileSync(path.join(seeds, name), bytes);
  console.log(`${target}: ${readdirSync(seeds).length} seeds, ${seconds} seconds`);
  const args = [
    `-max_total_time=${seconds}`,
    `-max_len=${longest[target] ?? LONGEST}`,
    // Of wall time: an input that takes milliseconds has been seen to wait for a processor longer than ten seconds.
    '-timeout=120',
    '-rss_limit_mb=1024',
    '-print_final_stats=0',
    '-verbosity=0',
  ];
  const status = run(path.join(buildDirectory, target), [
    ...args,
    `-artifact_prefix=${crashes}/`,
    corpus,
    seeds,
  ]);
  if (status !== 0) {
    console.error(`${target} failed; its input is in ${crashes}`);
    process.exit(1);
  }
}
console.log(`${targets.length} fuzz targets found nothing`);
