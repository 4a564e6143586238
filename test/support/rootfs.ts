import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const BUSYBOX = ['/bin/busybox', '/usr/bin/busybox'];

/** Where the machine's busybox is, if it is a static one (Debian's busybox-static). */
export function staticBusybox(): string | undefined {
  const found = BUSYBOX.find((file) => existsSync(file));
  if (found === undefined) return undefined;
  // ldd fails on a program that is not dynamic.
  try {
    execFileSync('ldd', [found], { stdio: 'ignore' });
    return undefined;
  } catch {
    return found;
  }
}

/** Makes a root file system of one static busybox, a link for each applet, and a user `app` (1000:1000) in group `extra`. */
export function busyboxRoot(directory: string): string {
  const busybox = staticBusybox();
  if (busybox === undefined) throw new Error('no static busybox: install busybox-static');
  for (const name of ['bin', 'dev', 'etc', 'proc', 'root', 'run', 'sys', 'tmp', 'var', 'home/app']) {
    mkdirSync(path.join(directory, name), { recursive: true });
  }
  copyFileSync(busybox, path.join(directory, 'bin/busybox'));
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).split('\n').filter(Boolean);
  for (const applet of applets)
    if (applet !== 'busybox') symlinkSync('busybox', path.join(directory, 'bin', applet));
  writeFileSync(
    path.join(directory, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/home/app:/bin/sh\n',
  );
  writeFileSync(
    path.join(directory, 'etc/group'),
    'root:x:0:\napp:x:1000:\nextra:x:2000:app\nother:x:3000:\n',
  );
  return directory;
}

/** Compiles a C program statically, so that it runs in any root. */
export function compileC(directory: string, name: string, source: string): string {
  const file = path.join(directory, `${name}.c`);
  const program = path.join(directory, name);
  writeFileSync(file, source);
  execFileSync('cc', ['-static', '-Os', '-o', program, file], { stdio: 'inherit' });
  return program;
}
