// `npx libpod` inside a clone runs the files of package.json's `bin` directly: they must be executable, or the shell says 127.
import { chmodSync, existsSync, readFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const { bin } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
for (const name of Object.values(bin)) {
  const file = new URL(name, root);
  if (existsSync(file)) chmodSync(file, 0o755);
}
