import { existsSync, mkdtempSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../../src/base/ids.js';
import { startTicks } from '../../../src/linux/processes/processes.js';
import { RECORD_VERSION, type ContainerConfig } from '../../../src/model/config.js';
import { CONFIGURED, nextState } from '../../../src/model/state.js';
import { ContainerRecords } from '../../../src/records/container-records.js';
import { newDirectoryName, parseNewDirectory } from '../../../src/records/creator.js';
import { readRecord } from '../../../src/records/json-file.js';
import { StorePaths } from '../../../src/records/paths.js';

function config(name: string, autoRemove = false): ContainerConfig {
  return {
    version: RECORD_VERSION,
    id: newId(),
    name,
    spec: {
      ociVersion: '1.0.2',
      process: { user: { uid: 0, gid: 0 }, args: ['true'], cwd: '/' },
      root: { path: '/' },
    },
    root: { kind: 'directory', directory: '/' },
    rootfsName: '/',
    autoRemove,
    manageFiles: true,
    privileged: false,
    defaultSeccomp: true,
    user: '',
    createNetNS: true,
    stdin: false,
    labels: {},
    stopSignal: 15,
    stopTimeout: 10,
    createdTime: '2026-11-23T15:47:17.896Z',
    cgroupParent: '/p',
    cgroupPath: '/p/c',
    logDriver: 'k8s-file',
    logPath: '',
    runtimeName: 'libpod',
  };
}

describe('the records of containers', () => {
  let directory = '';
  let records: ContainerRecords;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'libpod-test-'));
    const paths = new StorePaths(path.join(directory, 'root'), path.join(directory, 'run'), 'boot');
    for (const made of [paths.containers, paths.names, paths.runContainers])
      mkdirSync(made, { recursive: true });
    records = new ContainerRecords(paths);
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  /** Every file of the store, relative. */
  function files(): string[] {
    return readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((name) => !/^(root|run)(\/(containers|names|boot|boot\/containers))?$/.test(name))
      .sort();
  }

  it('hold a filter whole, whatever is in it and around it', async () => {
    const seccomp = {
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [{ names: ['$&', '"', 'read'], action: 'x' }],
    };
    for (const name of ['one', 'two']) {
      const plain = config(name);
      const filtered = {
        ...plain,
        labels: { a: '$1"seccomp"', b: JSON.stringify(seccomp) },
        spec: { ...plain.spec, linux: { seccomp, maskedPaths: ['/proc'] } },
      } as unknown as ContainerConfig;
      await records.publish(filtered);
      expect(records.config(filtered.id)).toEqual(filtered);
    }
  });

  it('are a directory for what lasts, one for this boot, and a name', async () => {
    const one = config('one');
    await records.publish(one);
    expect(files()).toEqual([
      `root/containers/${one.id}`,
      `root/containers/${one.id}/config.json`,
      'root/names/one',
      `run/boot/containers/${one.id}`,
      `run/boot/containers/${one.id}/lock`,
    ]);
    expect(records.config(one.id)).toEqual(one);
    expect(records.ownerOfName('one')).toBe(one.id);
    expect(await records.ids()).toEqual([one.id]);
    await records.remove(one);
    expect(files()).toEqual([]);
  });

  it('of a throwaway container are in this boot’s directory alone', async () => {
    const one = config('one', true);
    await records.publish(one);
    expect(files()).toEqual([
      'root/names/one',
      `run/boot/containers/${one.id}`,
      `run/boot/containers/${one.id}/config.json`,
      `run/boot/containers/${one.id}/lock`,
    ]);
    expect(records.config(one.id)).toEqual(one);
    expect(records.idsSync()).toEqual([one.id]);
    await records.remove(one);
    expect(files()).toEqual([]);
  });

  it('refuse a name that is taken, and leave nothing of the second', async () => {
    const one = config('one');
    await records.publish(one);
    const before = files();
    for (const throwaway of [false, true]) {
      await expect(records.publish(config('one', throwaway))).rejects.toMatchObject({
        code: 'ERR_NAME_IN_USE',
        message: expect.stringContaining(one.id) as string,
      });
      expect(files()).toEqual(before);
    }
  });

  it('that cannot be written leave nothing either', async () => {
    rmSync(records.paths.containers, { recursive: true });
    await expect(records.publish(config('one'))).rejects.toMatchObject({ code: 'ERR_SYSTEM' });
    expect(files().filter((name) => name !== 'root/containers')).toEqual([]);
  });

  it('do not take the name of another container along', async () => {
    const one = config('one');
    await records.publish(one);
    // The name went to another one: as after a rename.
    await records.remove({ ...config('one'), id: newId() });
    expect(records.ownerOfName('one')).toBe(one.id);
  });

  it('have a state that is that of a fresh container until one is written', async () => {
    const one = config('one');
    await records.publish(one);
    const own = records.paths.container(one.id, false);
    expect(records.state(own)).toEqual(CONFIGURED);
    const running = nextState(CONFIGURED, { state: 'running', pid: 7, startTicks: '8' });
    await records.writeState(own, running);
    expect(records.state(own)).toEqual(running);
    expect(readdirSync(own.run).sort()).toEqual(['lock', 'state.json']);
  });

  it('get a new run directory after a reboot, once', async () => {
    const one = config('one');
    await records.publish(one);
    const own = records.paths.container(one.id, false);
    rmSync(own.run, { recursive: true });
    await Promise.all(
      [records.ensureRun(one), records.ensureRun(one)].map((work) =>
        work.catch((error: unknown) => expect(error).toBeUndefined()),
      ),
    );
    expect(existsSync(own.lock)).toBe(true);
    expect(readdirSync(records.paths.runContainers)).toEqual([one.id]);
  });

  it('tell a name that is none from one that is taken', () => {
    expect(records.ownerOfName('none')).toBeUndefined();
    writeFileSync(records.paths.name('file'), '');
    expect(records.ownerOfName('file')).toBeUndefined();
    expect(records.ownerOfName('x'.repeat(300))).toBeUndefined();
  });
});

describe('a record', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'libpod-test-'));
  const file = path.join(directory, 'record');
  afterAll(() => rmSync(directory, { recursive: true }));

  it('may be missing', () => {
    expect(readRecord(file)).toBeUndefined();
  });

  it.each(['', '{', 'null', '[]', '5', '{"version":0}', '{"version":"1"}', '{}'])(
    'is damaged: %j',
    (text) => {
      writeFileSync(file, text);
      expect(() => readRecord(file)).toThrow(
        expect.objectContaining({
          code: 'ERR_RECORD_DAMAGED',
          message: expect.stringContaining(file) as string,
        }),
      );
    },
  );
});

describe('the name of an unfinished directory', () => {
  it('says for which container, and whether its maker lives', () => {
    const id = newId();
    expect(parseNewDirectory(newDirectoryName(id))).toEqual({ id, alive: true });
    // The same number, another process.
    expect(parseNewDirectory(`.new-${id}.${process.pid}.${startTicks(process.pid) + 1n}`)).toEqual({
      id,
      alive: false,
    });
    expect(parseNewDirectory(`.new-${id}.4194304.5`)).toEqual({ id, alive: false });
  });

  it.each([newId(), '.new-', '.new-abc', '.new-abc.1', '.gone-abc', '.new-abc.1.2.3', '.new-../x.1.2'])(
    'is not %s',
    (name) => {
      expect(parseNewDirectory(name)).toBeUndefined();
    },
  );
});
