// The second half of npm run build:ts: what tsc made of some hundred modules becomes the few files that package.json names.
// Node looks for each module by itself, which was two thirds of the time of a command.
//
// The library is made of ES modules. The programs are CommonJS: Node reads those at once, where each file of an ES module
// costs four trips to another thread.
//
// What is loaded late stays apart. All is in one directory, two below the package's: paths in the sources count on that.
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('../', import.meta.url));
const { bin, dependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

const library = { index: 'dist/index.js', linux: 'dist/linux.js' };
/** The programs, as tsc leaves them. */
const programs = { libpod: 'dist/cli/main.js', 'libpod-oci': 'dist/runtime-cli/main.js' };
const made = `${root}dist/bundle.new`;
rmSync(made, { recursive: true, force: true });
await write(library, 'esm', 'mjs');
await write(programs, 'cjs', 'js');
// Without it the `.js` files would be what the package's own says, ES modules.
writeFileSync(`${made}/package.json`, '{ "type": "commonjs" }\n');
// `npx libpod` inside a clone runs the files of package.json's `bin` directly: they must be executable, or the shell says 127.
for (const file of Object.values(bin)) chmodSync(file.replace('dist/bundle', made), 0o755);
// npx remembers by the clone's path where they were: whoever used it before there was a bundle comes to these.
for (const file of Object.values(programs)) chmodSync(`${root}${file}`, 0o755);
rmSync(`${root}dist/bundle`, { recursive: true, force: true });
renameSync(made, `${root}dist/bundle`);

/**
 * @param {Record<string, string>} input the entries, by the names they get
 * @param {'esm' | 'cjs'} format
 * @param {string} extension
 */
async function write(input, format, extension) {
  const bundle = await rolldown({
    cwd: root,
    input,
    platform: 'node',
    external: [/^node:/, ...Object.keys(dependencies)],
    // That some modules are loaded late from one place and at once from another is as it should be.
    checks: { ineffectiveDynamicImport: false },
  });
  await bundle.write({
    dir: made,
    format,
    entryFileNames: `[name].${extension}`,
    chunkFileNames: `[name]-[hash].${extension}`,
  });
  await bundle.close();
}
