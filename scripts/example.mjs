// npm run example -- NAME: compiles examples/NAME.ts (Node 20 knows no `await using`) and runs it. The compiled file lies
// beside dist/, so that its `import 'libpod'` finds this package by its own name.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const [name = '', ...args] = process.argv.slice(2);
const source = path.join(root, 'examples', `${name}.ts`);
if (!/^[\w-]+$/.test(name) || !existsSync(source)) {
  const names = readdirSync(path.join(root, 'examples')).filter((file) => file.endsWith('.ts'));
  console.error(`usage: npm run example -- ${names.map((file) => path.basename(file, '.ts')).join('|')}`);
  process.exit(64); // EX_USAGE of sysexits(3)
}
const { outputText } = ts.transpileModule(readFileSync(source, 'utf8'), {
  fileName: source,
  compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
});
const out = path.join(root, 'build', 'examples');
mkdirSync(out, { recursive: true });
const file = path.join(out, `${name}.mjs`);
writeFileSync(file, outputText);
process.exitCode = spawnSync(process.execPath, [file, ...args], { stdio: 'inherit' }).status ?? 1;
