// `npx libpod` inside a clone runs the file of package.json's `bin` directly: it must be executable, or the shell says 127.
import { chmodSync, existsSync } from 'node:fs';

const file = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(file)) chmodSync(file, 0o755);
