import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  LibpodError,
  Runtime,
  type CreateOptions,
  type ErrorCode,
  type LinuxSeccomp,
} from '../../src/index.js';
import type { SeccompAction } from '../../src/oci/names.js';
import { EngineProcess } from '../support/engine-process.js';
import { requires } from '../support/requires.js';
import { TestStore, withStore } from '../support/store.js';

/** The least that a bundle may say. */
const SPEC = {
  ociVersion: '1.0.2',
  process: { user: { uid: 0, gid: 0 }, args: ['/true'], cwd: '/' },
  root: { path: 'rootfs' },
  linux: { namespaces: [{ type: 'mount' }, { type: 'pid' }] },
};

function bundle(store: TestStore, config: string | object | undefined): string {
  const directory = store.makeDirectory('bundle');
  mkdirSync(path.join(directory, 'rootfs'));
  if (config !== undefined) {
    writeFileSync(
      path.join(directory, 'config.json'),
      typeof config === 'string' ? config : JSON.stringify(config),
    );
  }
  return directory;
}

/** A root directory with one file. */
function rootWith(store: TestStore, name: string, content: string | Buffer, mode = 0o755): string {
  const rootfs = store.makeDirectory('rootfs');
  writeFileSync(path.join(rootfs, name), content);
  chmodSync(path.join(rootfs, name), mode);
  return rootfs;
}

/** An ELF header of a machine that does not exist (elf(5), e_machine). */
function strangeElf(): Buffer {
  const header = Buffer.alloc(64);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(header);
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(0xfade, 18);
  return header;
}

interface Case {
  readonly what: string;
  readonly options: (store: TestStore) => CreateOptions;
  readonly code: ErrorCode;
  /** What the sentence must name: something that the user wrote. */
  readonly names: RegExp;
  /** Only execve(2) finds it out, so the container can be created. */
  readonly atExec?: true;
}

const host = (more: CreateOptions): CreateOptions => ({ hostRoot: true, command: ['true'], ...more });

/** A filter of one rule. */
function profile(defaultAction: SeccompAction, name: string, action: SeccompAction): LinuxSeccomp {
  return { defaultAction, syscalls: [{ names: [name], action }] };
}

/** What is refused before anything is made. */
const REFUSED: readonly Case[] = [
  {
    what: 'a misspelt option',
    options: () => host({ resources: { memroy: 1 } as object }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /no option "memroy" of resources; did you mean memory\?/,
  },
  {
    what: 'a volume over the root itself',
    options: () => host({ mounts: [{ destination: '/..', type: 'bind', source: '/tmp' }] }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /the mount destination "\/\.\." is the root itself/,
  },
  {
    what: 'an option of another type',
    options: () => host({ oomScoreAdj: '5' as unknown as number }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /oomScoreAdj is "5", but must be a number/,
  },
  {
    what: 'a limit above what the machine allows',
    options: () => host({ ulimits: [{ name: 'nofile', soft: 1, hard: 2 ** 40 }] }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /hard limit 1099511627776 of ulimit "nofile" is above \d+/,
  },
  {
    what: 'a filter that refuses what is no system call',
    options: () => host({ seccomp: profile('SCMP_ACT_ALLOW', 'mkdri', 'SCMP_ACT_ERRNO') }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /seccomp profile names "mkdri"/,
  },
  {
    what: 'a filter that allows what is no system call',
    options: () => host({ seccomp: profile('SCMP_ACT_ERRNO', 'mkdri', 'SCMP_ACT_ALLOW') }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /seccomp profile names "mkdri"/,
  },
  {
    what: 'a filter of podman’s form that refuses what is no system call',
    options: () =>
      host({ seccomp: { ...profile('SCMP_ACT_ALLOW', 'mkdri', 'SCMP_ACT_ERRNO'), archMap: [] } }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /seccomp profile names "mkdri"/,
  },
  {
    what: 'a filter with an action that is none',
    options: () => host({ seccomp: profile('SCMP_ACT_ALLOW', 'mkdir', 'DENY' as 'SCMP_ACT_ERRNO') }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /seccomp profile: syscalls\[0\]\.action is "DENY"/,
  },
  {
    what: 'a group that is not there',
    options: () => host({ groupAdd: ['nosuch'] }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /group "nosuch" of groupAdd/,
  },
  {
    what: 'a relative working directory',
    options: () => host({ cwd: 'srv' }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /cwd is "srv"/,
  },
  {
    what: 'a device that is not there',
    options: () => host({ hostDevices: [{ path: '/dev/nosuch' }] }),
    code: 'ERR_NOT_FOUND',
    names: /device \/dev\/nosuch does not exist/,
  },
  {
    what: 'a device that is none',
    options: () => host({ hostDevices: [{ path: '/etc/passwd' }] }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /"\/etc\/passwd" is no device node/,
  },
  {
    what: 'a device with an access that is none',
    options: () => host({ hostDevices: [{ path: '/dev/null', access: 'rwx' }] }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /access "rwx" of device "\/dev\/null"/,
  },
  {
    what: 'a rate of what is no block device',
    options: () => host({ resources: { deviceReadBps: [{ path: '/dev/null', rate: 1 }] } }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /"\/dev\/null" is no block device/,
  },
  {
    what: 'a device rule beside all devices',
    options: () => host({ privileged: true, deviceCgroupRules: [{ allow: true, type: 'c', access: 'r' }] }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /deviceCgroupRules .* privileged/,
  },
  {
    what: 'no OOM killer and no limit of memory',
    options: () => host({ resources: { oomKillDisable: true } }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /oomKillDisable .* memory/,
  },
  {
    what: 'a swappiness out of range',
    options: () => host({ resources: { memorySwappiness: 101 } }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /memorySwappiness is 101/,
  },
  {
    what: "a host name in the host's UTS namespace",
    options: () => host({ hostname: 'box', namespaces: { uts: 'host' } }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /host name box .* UTS/,
  },
  {
    what: "a size of /dev/shm in the host's IPC namespace",
    options: () => host({ shmSize: 1024, namespaces: { ipc: 'host' } }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /shmSize/,
  },
  {
    what: "an init in the host's PID namespace",
    options: () => host({ init: true, namespaces: { pid: 'host' } }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /init is PID 1/,
  },
  {
    what: 'the namespace of a container that is not there',
    options: () => host({ namespaces: { network: { container: 'nosuch' } } }),
    code: 'ERR_NO_SUCH_CONTAINER',
    names: /"nosuch"/,
  },
  {
    what: 'lines of /etc/hosts beside none',
    options: () => host({ addHosts: ['a:1.2.3.4'], noHosts: true }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /addHosts .* noHosts/,
  },
  {
    what: 'a host that would be two lines',
    options: () => host({ addHosts: ['a\n6.6.6.6 b:1.2.3.4'] }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /addHosts has "a\\n6/,
  },
  {
    what: 'a name server that is a name',
    options: () => host({ dns: ['example.com'] }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /dns has "example.com"/,
  },
  {
    what: 'a time that is no number of seconds',
    options: () => host({ timeout: 1.5 }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /timeout is 1\.5/,
  },
  {
    what: 'an overlay over what is not there',
    options: () => host({ mounts: [{ type: 'overlay', source: '/no/such', destination: '/x' }] }),
    code: 'ERR_NOT_FOUND',
    names: /\/no\/such/,
  },
  {
    what: 'no root',
    options: () => ({ command: ['true'] }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /rootfs, hostRoot or bundle/,
  },
  {
    what: 'two roots',
    options: () => host({ rootfs: '/' }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /more than one root/,
  },
  {
    what: 'a missing root',
    options: () => ({ rootfs: '/no/such/root', command: ['true'] }),
    code: 'ERR_NOT_FOUND',
    names: /\/no\/such\/root does not exist/,
  },
  {
    what: 'a root that is a file',
    options: () => ({ rootfs: '/etc/passwd', command: ['true'] }),
    code: 'ERR_NOT_A_DIRECTORY',
    names: /\/etc\/passwd is not a directory/,
  },
  {
    what: 'a root beneath a file',
    options: () => ({ rootfs: '/etc/passwd/x', command: ['true'] }),
    code: 'ERR_NOT_A_DIRECTORY',
    names: /\/etc\/passwd\/x/,
  },
  {
    what: 'no command',
    options: () => ({ hostRoot: true }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /no command/,
  },
  {
    what: 'an empty command',
    options: () => host({ command: [''] }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /no command/,
  },
  {
    what: 'a NUL in an argument',
    options: () => host({ command: ['echo', 'a\0b'] }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /process\.args\[1\] contains a NUL/,
  },
  {
    what: 'a NUL in a variable',
    options: () => host({ env: { A: 'a\0b' } }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /process\.env\[\d\] contains a NUL/,
  },
  {
    what: 'an empty name',
    options: () => host({ name: '' }),
    code: 'ERR_INVALID_NAME',
    names: /name "" is not valid/,
  },
  {
    what: 'a name with a slash',
    options: () => host({ name: '../x' }),
    code: 'ERR_INVALID_NAME',
    names: /"\.\.\/x"/,
  },
  {
    what: 'a name with a newline',
    options: () => host({ name: 'a\n' }),
    code: 'ERR_INVALID_NAME',
    names: /"a\\n"/,
  },
  {
    what: 'a name that begins with a dot',
    options: () => host({ name: '.x' }),
    code: 'ERR_INVALID_NAME',
    names: /"\.x"/,
  },
  {
    what: 'a name that is too long',
    options: () => host({ name: 'x'.repeat(256) }),
    code: 'ERR_INVALID_NAME',
    names: /255 characters/,
  },
  {
    what: 'a mount source that is missing',
    options: () => host({ mounts: [{ destination: '/data', type: 'bind', source: '/no/such/source' }] }),
    code: 'ERR_NOT_FOUND',
    names: /\/no\/such\/source \(for \/data\)/,
  },
  {
    what: 'a mount that is given twice',
    options: () =>
      host({
        mounts: [
          { destination: '/a', type: 'tmpfs' },
          { destination: '/a/', type: 'tmpfs' },
        ],
      }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /\/a.* is given twice/,
  },
  {
    what: 'an unknown user',
    options: () => host({ user: 'somebody' }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /no user "somebody"/,
  },
  {
    what: 'a user ID beyond the last',
    options: () => host({ user: '4294967296' }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /"4294967296"/,
  },
  {
    what: 'a user ID below zero',
    options: () => host({ user: '-1' }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /"-1"/,
  },
  {
    what: 'a user of three parts',
    options: () => host({ user: '0:0:0' }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /"0:0:0"/,
  },
  {
    what: 'an unknown capability',
    options: () => host({ capAdd: ['FLY'] }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /"FLY"/,
  },
  {
    what: 'an unknown signal',
    options: () => host({ stopSignal: 'SIGNOPE' }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /SIGNOPE/,
  },
  {
    what: 'a stop timeout below zero',
    options: () => host({ stopTimeout: -1 }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /stop timeout -1/,
  },
  {
    what: 'a kernel parameter of the host',
    options: () => host({ sysctl: { 'kernel.core_pattern': '|/evil' } }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /kernel\.core_pattern/,
  },
  {
    what: 'a kernel parameter with a newline',
    options: () => host({ sysctl: { 'net.ipv4.ip_forward': '1\n2' } }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /net\.ipv4\.ip_forward/,
  },
  {
    what: 'a relative working directory',
    options: () => host({ cwd: 'relative' }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /relative/,
  },
  {
    what: 'a host name that is too long',
    options: () => host({ hostname: 'h'.repeat(65) }),
    code: 'ERR_INVALID_ARGUMENT',
    names: /hostname/,
  },
  {
    what: 'a missing bundle',
    options: () => ({ bundle: '/no/such/bundle' }),
    code: 'ERR_NOT_FOUND',
    names: /\/no\/such\/bundle/,
  },
  {
    what: 'a bundle that is a file',
    options: () => ({ bundle: '/etc/passwd' }),
    code: 'ERR_NOT_FOUND',
    names: /\/etc\/passwd/,
  },
  {
    what: 'a bundle without config.json',
    options: (store) => ({ bundle: bundle(store, undefined) }),
    code: 'ERR_NOT_FOUND',
    names: /has no config\.json/,
  },
  {
    what: 'a bundle whose config.json cannot be read',
    options: (store) => {
      const directory = bundle(store, undefined);
      symlinkSync('config.json', path.join(directory, 'config.json'));
      return { bundle: directory };
    },
    code: 'ERR_SYSTEM',
    names: /read bundle .*ELOOP/,
  },
  {
    what: 'a config.json that is no JSON',
    options: (store) => ({ bundle: bundle(store, '{"ociVersion": ') }),
    code: 'ERR_SPEC_INVALID',
    names: /config\.json.*is not JSON/,
  },
  {
    what: 'an unknown namespace',
    options: (store) => ({ bundle: bundle(store, { ...SPEC, linux: { namespaces: [{ type: 'magic' }] } }) }),
    code: 'ERR_SPEC_INVALID',
    names: /linux\.namespaces\[0\]\.type.*"magic"/,
  },
  {
    what: 'a mount that is twice in a bundle',
    options: (store) => ({
      bundle: bundle(store, {
        ...SPEC,
        mounts: [
          { destination: '/proc', type: 'proc' },
          { destination: '/proc', type: 'proc' },
        ],
      }),
    }),
    code: 'ERR_SPEC_INVALID',
    names: /mounts\[1\].*\/proc/,
  },
  {
    what: 'a bundle without its root',
    options: (store) => ({ bundle: bundle(store, { ...SPEC, root: { path: 'nowhere' } }) }),
    code: 'ERR_NOT_FOUND',
    names: /nowhere does not exist/,
  },
  {
    what: 'a hook that is no absolute path',
    options: (store) => ({ bundle: bundle(store, { ...SPEC, hooks: { poststop: [{ path: 'true' }] } }) }),
    code: 'ERR_SPEC_INVALID',
    names: /hooks\.poststop\[0\]\.path/,
  },
  {
    what: 'a bundle with a user namespace without a root',
    options: (store) => ({
      bundle: bundle(store, {
        ...SPEC,
        linux: {
          namespaces: [{ type: 'mount' }, { type: 'user' }],
          uidMappings: [{ containerID: 1, hostID: 1, size: 1 }],
          gidMappings: [{ containerID: 1, hostID: 1, size: 1 }],
        },
      }),
    }),
    code: 'ERR_SPEC_INVALID',
    names: /user .* is 0, which is not mapped/,
  },
  {
    what: 'a missing mount source in a bundle',
    options: (store) => ({
      bundle: bundle(store, {
        ...SPEC,
        mounts: [{ destination: '/x', type: 'bind', source: 'gone', options: ['bind'] }],
      }),
    }),
    code: 'ERR_NOT_FOUND',
    names: /gone/,
  },
];

/** What the kernel alone can tell. */
const FAILING: readonly Case[] = [
  {
    what: 'a command that is nowhere in PATH',
    options: () => host({ command: ['no-such-command'] }),
    code: 'ERR_COMMAND_NOT_FOUND',
    names: /"no-such-command" was not found/,
  },
  {
    what: 'a command whose path is missing',
    options: () => host({ command: ['/no/such/command'] }),
    code: 'ERR_COMMAND_NOT_FOUND',
    names: /"\/no\/such\/command"/,
  },
  {
    what: 'a command that is a directory',
    options: () => host({ command: ['/etc'] }),
    code: 'ERR_COMMAND_NOT_EXECUTABLE',
    names: /"\/etc" cannot be executed/,
  },
  {
    what: 'a command that is not executable',
    options: (store) => ({ rootfs: rootWith(store, 'plain', 'x', 0o644), command: ['/plain'] }),
    code: 'ERR_COMMAND_NOT_EXECUTABLE',
    names: /"\/plain"/,
  },
  {
    what: 'a command of another machine',
    atExec: true,
    options: (store) => ({ rootfs: rootWith(store, 'strange', strangeElf()), command: ['/strange'] }),
    code: 'ERR_COMMAND_NOT_EXECUTABLE',
    names: /"\/strange".*ENOEXEC/,
  },
  {
    what: 'a script without its interpreter',
    atExec: true,
    options: (store) => ({
      rootfs: rootWith(store, 'script', '#!/no/such/interpreter\n'),
      command: ['/script'],
    }),
    code: 'ERR_COMMAND_NOT_FOUND',
    names: /"\/script".*interpreter/,
  },
  {
    what: 'an empty file as command',
    atExec: true,
    options: (store) => ({ rootfs: rootWith(store, 'empty', ''), command: ['/empty'] }),
    code: 'ERR_COMMAND_NOT_EXECUTABLE',
    names: /"\/empty"/,
  },
  {
    what: 'a command that only root may run',
    options: (store) => ({
      rootfs: rootWith(store, 'private', '#!/bin/sh\n', 0o700),
      command: ['/private'],
      user: '1000',
    }),
    code: 'ERR_COMMAND_NOT_EXECUTABLE',
    names: /"\/private"/,
  },
  {
    what: 'a working directory that is a file',
    options: () => host({ cwd: '/etc/passwd' }),
    code: 'ERR_LAUNCH',
    names: /\/etc\/passwd/,
  },
  {
    what: 'a file system that the kernel does not know',
    options: () => host({ mounts: [{ destination: '/x', type: 'nosuchfs', source: 'x' }] }),
    code: 'ERR_UNSUPPORTED',
    names: /nosuchfs at \/x/,
  },
  {
    what: 'an option that the file system does not know',
    options: () =>
      host({ mounts: [{ destination: '/x', type: 'tmpfs', source: 'x', options: ['nonsense=1'] }] }),
    code: 'ERR_LAUNCH',
    names: /tmpfs at \/x.*nonsense/,
  },
  {
    what: 'a directory that is mounted on a file',
    options: () => host({ mounts: [{ destination: '/etc/passwd', type: 'tmpfs', source: 'x' }] }),
    code: 'ERR_LAUNCH',
    names: /\/etc\/passwd/,
  },
  {
    what: 'a namespace that is not there',
    options: () => host({ namespaces: { network: { path: '/proc/1/ns/nope' } } }),
    code: 'ERR_LAUNCH',
    names: /\/proc\/1\/ns\/nope/,
  },
  {
    what: 'a namespace of another kind',
    options: () => host({ namespaces: { network: { path: '/proc/1/ns/ipc' } } }),
    code: 'ERR_LAUNCH',
    names: /network namespace \/proc\/1\/ns\/ipc/,
  },
];

async function failureOf(work: Promise<unknown>): Promise<LibpodError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LibpodError);
  return error as LibpodError;
}

function expectSentence(error: LibpodError, { code, names }: Pick<Case, 'code' | 'names'>): void {
  expect(error.code, error.message).toBe(code);
  expect(error.message).toMatch(names);
  // One sentence: no line break, no stack, no full stop in the middle of two.
  expect(error.message).not.toMatch(/\n|\. [A-Z]/);
  expect(error.message.length).toBeLessThan(400);
}

describe.runIf(requires({ root: true }))('bad input is refused with one sentence and leaves nothing:', () => {
  for (const one of REFUSED) {
    it(
      one.what,
      withStore(async (runtime, store) => {
        expectSentence(await failureOf(runtime.createContainer(one.options(store))), one);
        expect(await runtime.containers()).toEqual([]);
      }),
    );
  }
});

describe.runIf(requires({ root: true }))('what fails at the start is told with one sentence:', () => {
  for (const one of FAILING) {
    it(
      one.what,
      withStore(async (runtime, store) => {
        const options = one.options(store);
        const container = await runtime.createContainer(options);
        const error = await failureOf(container.start());
        expectSentence(error, one);
        expect(error.containerId).toBe(container.id);
        // As it was before, and so it may be tried again once the reason is gone.
        expect(await container.state()).toBe('configured');
        if (one.atExec === true) {
          await container.init();
          expectSentence(await failureOf(container.start()), one);
        } else {
          expectSentence(await failureOf(container.init()), one);
        }
        await container.remove();
        const throwaway = await runtime.createContainer({ ...options, remove: true });
        expectSentence(await failureOf(throwaway.start()), one);
        await throwaway.remove();
      }),
    );
  }

  it(
    'every time, however quickly it fails',
    withStore(async (runtime) => {
      const codes = new Set<string>();
      for (let round = 0; round < 100; round++) {
        const container = await runtime.createContainer(
          host({ mounts: [{ destination: '/etc/passwd', type: 'tmpfs', source: 'x' }] }),
        );
        codes.add((await failureOf(container.start())).message);
        await container.remove();
      }
      expect([...codes]).toEqual([expect.stringContaining('cannot mount tmpfs at /etc/passwd')]);
    }),
  );
});

describe.runIf(requires({ root: true }))('a store that cannot be opened', () => {
  /** Opening fails so, and this process holds nothing of it. */
  async function expectRefused(
    options: { root: string; runRoot: string; cgroupParent: string },
    one: Pick<Case, 'code' | 'names'>,
  ): Promise<void> {
    expectSentence(await failureOf(Runtime.open(options)), one);
  }

  it('belongs to another run root', async () => {
    await using store = TestStore.make();
    await store.open();
    const other = path.join(store.directory, 'other');
    await expectRefused(
      { ...store.options, runRoot: other },
      { code: 'ERR_STORE_MISMATCH', names: /belongs to run root .*\/run, not .*\/other/ },
    );
  });

  it('has a root or a run root that is a file, or lies beneath one', async () => {
    await using store = TestStore.make();
    const file = path.join(store.directory, 'file');
    writeFileSync(file, '');
    await expectRefused({ ...store.options, root: file }, { code: 'ERR_NOT_A_DIRECTORY', names: /\/file/ });
    await expectRefused(
      { ...store.options, root: `${file}/beneath` },
      { code: 'ERR_NOT_A_DIRECTORY', names: /\/file\/beneath/ },
    );
    await expectRefused(
      { ...store.options, runRoot: file },
      { code: 'ERR_NOT_A_DIRECTORY', names: /\/file/ },
    );
  });

  it('may not be written to', async () => {
    await using store = TestStore.make();
    await expectRefused(
      { ...store.options, root: '/sys/kernel/libpod-test' },
      { code: 'ERR_SYSTEM', names: /\/sys\/kernel\/libpod-test/ },
    );
  });

  it('has a run root on a file system that is mounted read-only', async () => {
    await using store = TestStore.make();
    const mounted = store.makeDirectory('mounted');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', mounted]);
    try {
      await expectRefused(
        { ...store.options, runRoot: path.join(mounted, 'run') },
        { code: 'ERR_SYSTEM', names: /\/mounted\/run.*EROFS/ },
      );
    } finally {
      execFileSync('umount', [mounted]);
    }
  });

  it('has a damaged record', async () => {
    await using store = TestStore.make();
    await (await store.open()).close();
    const record = path.join(store.root, 'store.json');
    const good = readFileSync(record);
    for (const bad of ['', '{', 'null', '{"version":99}']) {
      writeFileSync(record, bad);
      await expectRefused(store.options, { code: 'ERR_RECORD_DAMAGED', names: /store/ });
    }
    writeFileSync(record, good);
    await (await store.open()).close();
  });

  it('belongs to somebody without privileges', async () => {
    await using store = TestStore.make();
    await using engine = new EngineProcess(
      store,
      `process.setgroups([]); process.setgid(65534); process.setuid(65534);
       try { await Runtime.open(options); say('opened'); } catch (error) { say({ code: error.code, message: error.message }); }`,
    );
    expect(await engine.next()).toEqual({
      code: 'ERR_NOT_PRIVILEGED',
      message: 'libpod needs root privileges: this process runs as user 65534; use sudo',
    });
  });

  it('was closed', async () => {
    await using store = TestStore.make();
    const runtime = await store.open();
    const container = await runtime.createContainer(host({ name: 'left' }));
    await runtime.close();
    await runtime.close();
    for (const call of [
      () => runtime.createContainer(host({})),
      async () => runtime.containers(),
      async () => runtime.lookupContainer('left'),
      async () => runtime.getContainer(container.id),
      () => runtime.dryRun(host({})),
    ]) {
      expectSentence(await failureOf((async () => call())()), {
        code: 'ERR_INVALID_STATE',
        names: /runtime is closed/,
      });
    }
    await (await store.open()).lookupContainer('left').remove();
  });
});

describe.runIf(requires({ root: true }))('a full disk', () => {
  /** A small file system for the store. */
  async function withSmallDisk(
    options: string,
    body: (store: TestStore, fill: () => void, empty: () => void) => Promise<void>,
  ): Promise<void> {
    const store = TestStore.make();
    const disk = store.makeDirectory('disk');
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]);
    const ballast = path.join(disk, 'ballast');
    const fill = (): void => {
      const fd = openSync(ballast, 'w');
      const page = Buffer.alloc(4096, 1);
      try {
        for (;;) writeSync(fd, page);
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
      } finally {
        closeSync(fd);
      }
    };
    try {
      await body(store, fill, () => writeFileSync(ballast, ''));
    } catch (failure) {
      writeFileSync(ballast, '');
      await store.abandon({ root: path.join(disk, 'root'), runRoot: path.join(disk, 'run') });
      throw failure;
    } finally {
      // Its runtimes are closed below, or were just now: until then their monitors' executable holds it.
      execFileSync('umount', ['-l', disk]);
    }
    await store[Symbol.asyncDispose]();
  }

  it('refuses to open a store there', async () => {
    await withSmallDisk('size=64k,nr_inodes=3', async (store) => {
      const disk = path.join(store.directory, 'disk');
      const error = await failureOf(
        Runtime.open({ ...store.options, root: `${disk}/root`, runRoot: `${disk}/run` }),
      );
      expectSentence(error, { code: 'ERR_NO_SPACE', names: /\/disk\/root/ });
    });
  });

  it('refuses to create a container, and leaves no part of one', async () => {
    await withSmallDisk('size=1m', async (store, fill, empty) => {
      const disk = path.join(store.directory, 'disk');
      const runtime = await store.open({ root: `${disk}/root`, runRoot: `${disk}/run` });
      const first = await runtime.createContainer(host({ name: 'first' }));
      fill();
      expectSentence(await failureOf(runtime.createContainer(host({ name: 'second' }))), {
        code: 'ERR_NO_SPACE',
        names: /second/,
      });
      expect(runtime.hasContainer('second')).toBe(false);
      expect((await runtime.containers()).map(({ name }) => name)).toEqual(['first']);
      // What is there can be removed, and then there is room again.
      await first.remove();
      empty();
      const third = await runtime.createContainer(host({ name: 'second' }));
      await third.start();
      expect((await third.wait()).exitCode).toBe(0);
      await third.remove();
      await runtime.close();
    });
  });

  it('costs log lines, not the container; what is lost is counted', async () => {
    await withSmallDisk('size=1m', async (store) => {
      const runtime = await store.open();
      const container = await runtime.createContainer(
        host({
          command: ['sh', '-c', 'head -c 3000000 /dev/zero | tr "\\0" x; exit 7'],
          logPath: path.join(store.directory, 'disk/log'),
        }),
      );
      await container.start();
      expect((await container.wait()).exitCode).toBe(7);
      const { State } = await container.inspect();
      expect(State.Status).toBe('exited');
      expect(State.LogBytesLost).toBeGreaterThan(1_900_000);
      await container.remove();
    });
  });

  it('that the container fills itself does not keep it from ending and being removed', async () => {
    await withSmallDisk('size=1m', async (store) => {
      const disk = path.join(store.directory, 'disk');
      const runtime = await store.open({ root: `${disk}/root`, runRoot: `${disk}/run` });
      const container = await runtime.createContainer(
        host({ command: ['sh', '-c', 'head -c 3000000 /dev/zero > /fill; echo full; exit 7'] }),
      );
      await container.start();
      expect((await container.wait()).exitCode).toBe(7);
      expect(await container.state()).toBe('exited');
      // Also for those who were not there: the monitor had taken the room for its last word at the start.
      const other = await store.open({ root: `${disk}/root`, runRoot: `${disk}/run` });
      expect(await other.containers()).toMatchObject([{ state: 'exited', exitCode: 7 }]);
      expect(await other.getContainer(container.id).exitCode()).toBe(7);
      await container.remove();
      await other.close();
      await runtime.close();
    });
  });
});
