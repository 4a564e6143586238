import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { launchProgram, LIBPOD, TestCommand, withCommand } from '../../support/cli.js';
import { requires } from '../../support/requires.js';

/** What a user may get wrong: the words, and what the one sentence must name. */
const WRONG: readonly (readonly [words: (command: TestCommand) => readonly string[], names: string])[] = [
  [() => [], 'COMMAND'],
  [() => ['nosuch'], '`libpod nosuch`'],
  [() => ['container', 'nosuch'], '`libpod container nosuch`'],
  [() => ['--nosuch', 'ps'], '--nosuch'],
  [() => ['ps', '-x'], "'x' in -x"],
  [() => ['ps', 'word'], 'too many'],
  [() => ['run', '--nosuch', 'x'], '--nosuch'],
  [() => ['run', '--name'], '--name'],
  [() => ['run', '--rm=perhaps', '--host-root', 'true'], 'perhaps'],
  [() => ['run'], '--rootfs'],
  [() => ['run', '--pull', 'never', 'true'], 'true: image not known'],
  [({ overlay }) => ['run', ...overlay], 'command'],
  [({ overlay }) => ['run', '--host-root', ...overlay, 'true'], 'more than one root'],
  [() => ['run', '--rootfs', '/nosuch', 'true'], '/nosuch'],
  [({ file }) => ['run', '--rootfs', file('a-file'), 'true'], 'a-file'],
  [({ file }) => ['run', '--bundle', file('empty')], 'empty'],
  [({ overlay }) => ['run', ...overlay, ''], 'command'],
  [({ overlay }) => ['run', '--name', 'a b', ...overlay, 'true'], '"a b"'],
  [({ overlay }) => ['run', '--name', '../x', ...overlay, 'true'], '"../x"'],
  [({ overlay }) => ['run', '--name', 'taken', ...overlay, 'true'], '"taken"'],
  [({ overlay }) => ['run', '--memory', 'much', ...overlay, 'true'], "'much'"],
  [({ overlay }) => ['run', '--memory-swap', '1g', ...overlay, 'true'], 'memorySwap'],
  [({ overlay }) => ['run', '--cpus', '0.001', ...overlay, 'true'], '--cpus'],
  [({ overlay }) => ['run', '--cpus', '1', '--cpu-quota', '1000', ...overlay, 'true'], '--cpu-quota'],
  [({ overlay }) => ['run', '--pids-limit', 'x', ...overlay, 'true'], '--pids-limit'],
  [({ overlay }) => ['run', '--ulimit', 'nofile', ...overlay, 'true'], 'nofile'],
  [({ overlay }) => ['run', '--umask', '9', ...overlay, 'true'], 'umask'],
  [({ overlay }) => ['run', '--sysctl', 'kernel.panic=1', ...overlay, 'true'], 'kernel.panic'],
  [({ overlay }) => ['run', '--sysctl', 'net.core.somaxconn', ...overlay, 'true'], 'net.core.somaxconn'],
  [({ overlay }) => ['run', '--cap-add', 'NO_SUCH', ...overlay, 'true'], 'NO_SUCH'],
  [({ overlay }) => ['run', '--security-opt', 'nosuch', ...overlay, 'true'], 'nosuch'],
  [({ overlay }) => ['run', '--security-opt', 'label=bogus:x', ...overlay, 'true'], '"bogus:x"'],
  [({ overlay }) => ['run', '--security-opt', 'seccomp=/nosuch', ...overlay, 'true'], '/nosuch'],
  [
    ({ overlay, file }) => ['run', '--security-opt', `seccomp=${file('a-file')}`, ...overlay, 'true'],
    'a-file',
  ],
  [({ overlay }) => ['run', '--network', 'nowhere', ...overlay, 'true'], '"nowhere"'],
  [({ overlay }) => ['run', '--network', '', ...overlay, 'true'], '--network ""'],
  [
    ({ overlay }) => ['run', '--rm', '--network', 'ns:/etc/passwd', ...overlay, 'true'],
    '/etc/passwd: that file is none',
  ],
  [
    ({ overlay }) => ['run', '--network', 'bridge:mac=zz', ...overlay, 'true'],
    '--network has the MAC address "zz"',
  ],
  [({ overlay }) => ['run', '--ip', '1.2.3', ...overlay, 'true'], '--ip "1.2.3" is no IPv4 address'],
  [({ overlay }) => ['run', '-p', '99999:80', ...overlay, 'true'], '--publish has 99999:80'],
  [({ overlay }) => ['run', '-p', '80:80/icmp', ...overlay, 'true'], '--publish "80:80/icmp"'],
  [({ overlay }) => ['run', '--dns', 'nope', ...overlay, 'true'], '--dns has "nope"'],
  [({ overlay }) => ['run', '--dns-search', 'a b', ...overlay, 'true'], '--dns-search has "a b"'],
  [({ overlay }) => ['run', '--add-host', 'a:zz', ...overlay, 'true'], '--add-host has "a:zz"'],
  [() => ['network', 'create', '--dns', 'nope'], '--dns has "nope"'],
  [({ overlay }) => ['run', '--pid', 'ns:', ...overlay, 'true'], '"ns:"'],
  [({ overlay }) => ['run', '-v', 'relative', ...overlay, 'true'], '"relative"'],
  [({ overlay }) => ['run', '-v', 'no/name:/x', ...overlay, 'true'], 'no/name'],
  [({ overlay }) => ['run', '-v', 'named:relative', ...overlay, 'true'], 'relative'],
  [({ overlay }) => ['run', '-v', '/nosuch:/x', ...overlay, 'true'], '/nosuch'],
  [({ overlay }) => ['run', '-v', '/tmp:/x:nosuch', ...overlay, 'true'], '"nosuch"'],
  [({ overlay }) => ['run', '-v', '/tmp:/x', '-v', '/usr:/x', ...overlay, 'true'], '"/x"'],
  [({ overlay }) => ['run', '--mount', 'type=glob,dst=/x', ...overlay, 'true'], '"glob"'],
  [({ overlay }) => ['run', '--mount', 'type=bind,dst=/x', ...overlay, 'true'], 'source'],
  [({ overlay }) => ['run', '--tmpfs', 'x', ...overlay, 'true'], '"x"'],
  [({ overlay }) => ['run', '--user', 'nobodyhere', ...overlay, 'true'], 'nobodyhere'],
  [({ overlay }) => ['run', '--workdir', 'relative', ...overlay, 'true'], 'relative'],
  [({ overlay }) => ['run', '--env-file', '/nosuch', ...overlay, 'true'], '/nosuch'],
  [({ overlay }) => ['run', '--env', '=x', ...overlay, 'true'], '"=x"'],
  [({ overlay }) => ['run', '--log-driver', 'journald', ...overlay, 'true'], '"journald"'],
  [({ overlay }) => ['run', '--log-opt', 'max-size=x', ...overlay, 'true'], 'max-size'],
  [({ overlay }) => ['run', '--stop-signal', 'NOPE', ...overlay, 'true'], '"NOPE"'],
  [({ overlay }) => ['run', '--entrypoint', '[1]', ...overlay, 'true'], '[1]'],
  [() => ['start'], 'at least one'],
  [() => ['start', '-a', 'taken', 'x'], 'multiple'],
  [() => ['rm'], 'at least one'],
  [() => ['rm', '--all', 'taken'], '--all'],
  [() => ['rm', '--time', '1', 'taken'], '--force'],
  [() => ['stop', '--time', 'x', 'taken'], '--time'],
  [() => ['kill', '--signal', 'NOPE', 'taken'], '"NOPE"'],
  [() => ['wait', '--interval', 'x', 'taken'], '"x"'],
  [() => ['logs', '--since', 'x', 'taken'], '"x"'],
  [() => ['logs', '--tail', 'x', 'taken'], '--tail'],
  [() => ['ps', '--filter', 'nosuch=1'], 'nosuch'],
  [() => ['ps', '--filter', 'status=nosuch'], 'nosuch'],
  [() => ['ps', '--sort', 'nosuch'], '"nosuch"'],
  [() => ['ps', '--format', '{{.Nosuch}}'], '"Nosuch"'],
  [() => ['ps', '--format', '{{.ID'], '}}'],
  [() => ['inspect', '--format', '{{range .}}', 'taken'], 'range'],
  [() => ['inspect', '--format', '{{.Nosuch}}', 'taken'], '"Nosuch"'],
  [() => ['container', 'checkpoint', '--leave-running', '-e', 'x.tar', 'taken'], 'criu(8)'],
  [() => ['container', 'restore', 'taken'], 'criu(8)'],
  ...['start', 'stop', 'kill', 'wait', 'logs', 'init', 'inspect'].map(
    (verb) => [() => [verb, 'nosuch'], '"nosuch"'] as const,
  ),
];

describe.skipIf(!requires({ root: true, busybox: true }))('libpod, wrongly used', () => {
  it(
    'answers one sentence that names the mistake, ends with 125 and makes nothing',
    withCommand(async (command) => {
      writeFileSync(command.file('a-file'), 'not json');
      command.store.makeDirectory('empty');
      await command.ok('create', '--name', 'taken', ...command.overlay, 'true');
      for (const [words, names] of WRONG) {
        const args = words(command);
        const { status, stderr } = await command.libpod(...args);
        const sentences = stderr.split('\n').filter((line) => line.startsWith('Error: '));
        expect(
          {
            args,
            status,
            sentences: sentences.length,
            named: sentences[0]?.includes(names),
            trace: /\n\s+at /.test(stderr),
          },
          stderr,
        ).toEqual({
          args,
          status: 125,
          sentences: 1,
          named: true,
          trace: false,
        });
      }
      expect(await command.ok('ps', '--all', '--format', '{{.Names}}')).toBe('taken');
    }),
  );

  it(
    'refuses a store whose run root is another',
    withCommand(async (command) => {
      await command.ok('ps');
      const { root, cgroupParent } = command.store.options;
      const other = await launchProgram(
        LIBPOD,
        ['--root', root, '--runroot', command.file('elsewhere'), '--cgroup-parent', cgroupParent, 'ps'],
        '',
      ).ended;
      expect(other.status).toBe(125);
      expect(other.stderr).toMatch(/^Error: .*elsewhere.*\n$/);
    }),
  );

  it(
    'says in one sentence that it needs root',
    withCommand(async (command) => {
      // setpriv finds the program by a path that an ordinary user may walk.
      const link = `/tmp/libpod-${process.pid}.js`;
      symlinkSync(LIBPOD, link);
      try {
        const args = ['--reuid', '65534', '--clear-groups', process.execPath, link, ...command.globals, 'ps'];
        const { status, stderr } = await launchProgram('setpriv', args, '').ended;
        expect(stderr).toMatch(/^Error: libpod needs root privileges[^\n]*\n$/);
        expect(status).toBe(125);
      } finally {
        rmSync(link);
      }
    }),
  );
});

describe('libpod --help and --version', () => {
  it('need neither root nor the engine', async () => {
    const version = await launchProgram(LIBPOD, ['--version'], '').ended;
    expect(version).toMatchObject({ status: 0, stderr: '' });
    expect(version.stdout).toMatch(/^libpod version \d+\.\d+\.\d+\n$/);
    // A hook of the loader would tell; so does a loader that cannot find the addon.
    const env = { ...process.env, NODE_DEBUG: 'module' };
    const help = await launchProgram(LIBPOD, ['--help'], '', env).ended;
    expect(help.status).toBe(0);
    expect(help.stdout).toMatch(/^Usage: libpod /);
    expect(help.stderr).not.toContain('addon.node');
    const ofRun = await launchProgram(LIBPOD, ['run', '--help'], '').ended;
    expect(ofRun).toMatchObject({ status: 0, stderr: '' });
    expect(ofRun.stdout).toContain('--read-only');
  });
});
