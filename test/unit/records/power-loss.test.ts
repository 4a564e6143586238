import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addon, FILE_OPS, type FileStep } from '../../../src/native/index.js';
import type { ContainerConfig } from '../../../src/model/config.js';
import { ContainerLocks } from '../../../src/locks/container-locks.js';
import { sweepNames } from '../../../src/engine/upkeep/sweep.js';
import type { Services } from '../../../src/container/services.js';
import { readRecord } from '../../../src/records/json-file.js';
import type { PodConfig } from '../../../src/model/pod.js';
import { Volumes } from '../../../src/volume/volumes.js';
import { PodRecords } from '../../../src/records/pod-records.js';
import { ContainerRecords } from '../../../src/records/container-records.js';
import { CONFIG_RECORD } from '../../../src/records/record-shape.js';
import { StorePaths } from '../../../src/records/paths.js';

const OPS = Object.keys(FILE_OPS) as FileStep['op'][];
const STEP_WORDS = 4;

/** The steps as the addon is given them: operation, path, text and mode of each (linux/files/files.ts). */
function stepsOf(flat: readonly (string | number)[]): FileStep[] {
  return Array.from({ length: flat.length / STEP_WORDS }, (_, at) => {
    const [number, file, text, mode] = flat.slice(STEP_WORDS * at, STEP_WORDS * (at + 1));
    const op = OPS.find((each) => FILE_OPS[each] === number);
    const content = op === 'symlink' || op === 'rename' ? { to: text } : { data: text };
    return { op, path: file, mode, ...content } as FileStep;
  });
}

const taken: FileStep[] = [];

// In the addon, which there is once: test files share their modules, and one that was there before keeps what it imported.
beforeEach(() => {
  const { files, filesAtOnce } = addon;
  vi.spyOn(addon, 'files').mockImplementation((flat) => {
    taken.push(...stepsOf(flat));
    return files(flat);
  });
  vi.spyOn(addon, 'filesAtOnce').mockImplementation((flat) => {
    taken.push(...stepsOf(flat));
    return filesAtOnce(flat);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

const FIRST = readRecord(
  path.join(import.meta.dirname, '../../fixtures/records-1/config.json'),
  CONFIG_RECORD,
) as ContainerConfig;
/** The volumes of a store; what happens to them is told in a file of the run directory. */
function volumesIn({ volumes, run }: StorePaths): Volumes {
  return new Volumes(volumes, () => ({ op: 'write', path: `${run}/told`, mode: 0o600, data: '' }));
}

/** More than this many choices of what reached the disk are sampled. */
const MAX_CHOICES = 128;

/** The same for what has many steps. */
const FEW_CHOICES = 8;

/** One change of the disk, and the fsync that makes it last; `where` is a directory, or a file for its contents. */
interface Change {
  readonly where: string;
  readonly apply: () => void;
}

function tryTo(change: () => void): void {
  try {
    change();
  } catch {
    // What it stands on did not reach the disk either.
  }
}

/** What a step changes, in the parts that the disk may see by themselves. */
function changesOf(step: FileStep): Change[] {
  const where = path.dirname(step.path);
  switch (step.op) {
    case 'mkdir':
      return [{ where, apply: () => mkdirSync(step.path) }];
    case 'mkdirs':
      return [{ where, apply: () => mkdirSync(step.path, { recursive: true }) }];
    case 'write':
      return [
        // A name without contents, which is the directory's; half of them, all of them.
        { where, apply: () => writeFileSync(step.path, '', { flag: 'wx' }) },
        {
          where: step.path,
          apply: () =>
            existsSync(step.path) && writeFileSync(step.path, step.data.slice(0, step.data.length >> 1)),
        },
        { where: step.path, apply: () => existsSync(step.path) && writeFileSync(step.path, step.data) },
      ];
    case 'symlink':
      return [{ where, apply: () => symlinkSync(step.to, step.path) }];
    case 'rename':
      return [{ where, apply: () => renameSync(step.path, step.to) }];
    case 'remove':
      return [{ where, apply: () => rmSync(step.path, { recursive: true, force: true }) }];
    case 'discard': {
      const gone = path.join(where, `.gone-${path.basename(step.path)}`);
      return [
        { where, apply: () => renameSync(step.path, gone) },
        { where: gone, apply: () => rmSync(gone, { recursive: true, force: true }) },
      ];
    }
    default:
      return [];
  }
}

describe('the records after a power loss', () => {
  let directory = '';
  let paths: StorePaths;
  let records: ContainerRecords;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'libpod-test-'));
    paths = new StorePaths(path.join(directory, 'root'), path.join(directory, 'run'), 'boot');
    records = open('boot');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  function open(boot: string): ContainerRecords {
    const all = new StorePaths(path.join(directory, 'root'), path.join(directory, 'run'), boot);
    const made_ = [all.containers, all.names, all.links, all.pods];
    for (const made of [...made_, all.runContainers, all.runLinks, all.runPods])
      mkdirSync(made, { recursive: true });
    return new ContainerRecords(all);
  }

  /**
   * What every container, pod and volume that is there must be: readable, under its name; a pod with its infra container. A
   * half-made or half-removed one is not there.
   */
  async function check(): Promise<void> {
    const after = open('after');
    await sweepNames({ records: after, locks: new ContainerLocks() } as Services);
    for (const id of after.idsSync()) {
      const config = after.config(id);
      expect(config?.id).toBe(id);
      const { name } = after.settings(config as ContainerConfig);
      expect([name, after.ownerOfName(name)]).toEqual([name, id]);
    }
    const pods = new PodRecords(after);
    for (const id of pods.ids()) {
      const config = pods.config(id);
      expect(config?.id).toBe(id);
      expect(after.ownerOfName(config?.name ?? '')).toBe(id);
      expect(after.linkedTo(id)).toEqual([config?.infraContainerId]);
    }
    const volumes = volumesIn(after.paths);
    for (const name of volumes.names()) {
      expect(volumes.find(name)?.name).toBe(name);
      expect(existsSync(volumes.dataPath(name))).toBe(true);
    }
    rmSync(after.paths.run, { recursive: true });
  }

  /** Replays every prefix of what was done, with every choice of what had reached the disk by then. Answers how many. */
  async function replay(steps: readonly FileStep[], most: number): Promise<number> {
    const lasting = steps.filter((step) => step.path.startsWith(paths.root));
    const base = path.join(directory, 'base');
    let tried = 0;
    for (let length = 0; length <= lasting.length; length++) {
      let changes: (Change & { safe: boolean })[] = [];
      for (const step of lasting.slice(0, length)) {
        changes.push(...changesOf(step).map((change) => ({ ...change, safe: false })));
        if (step.op === 'fsync')
          changes = changes.map((one) => ({ ...one, safe: one.safe || one.where === step.path }));
      }
      const loose = changes.filter(({ safe }) => !safe).length;
      const choices = Math.min(2 ** loose, most);
      for (let choice = 0; choice < choices; choice++, tried++) {
        rmSync(paths.root, { recursive: true });
        cpSync(base, paths.root, { recursive: true, verbatimSymlinks: true });
        const bits = 2 ** loose <= most ? choice : Math.floor((choice * 2 ** loose) / most);
        let bit = 0;
        for (const { safe, apply } of changes) if (safe || (bits >> bit++) & 1) tryTo(apply);
        await check();
      }
    }
    return tried;
  }

  async function lose(work: () => Promise<void>, most = MAX_CHOICES): Promise<number> {
    cpSync(paths.root, path.join(directory, 'base'), { recursive: true, verbatimSymlinks: true });
    taken.length = 0;
    await work();
    return replay([...taken], most);
  }

  it('in the middle of a creation hold a whole container, or none', async () => {
    expect(await lose(() => records.publish(FIRST))).toBeGreaterThan(40);
  });

  it('in the middle of a renaming hold it under one of the names', async () => {
    await records.publish(FIRST);
    expect(
      await lose(() => records.rename(FIRST, FIRST.name, { ...records.settings(FIRST), name: 'other' }, [])),
    ).toBeGreaterThan(15);
  });

  it('in the middle of a change of settings hold the old ones or the new', async () => {
    await records.publish(FIRST);
    const settings = { ...records.settings(FIRST), resources: { pids: { limit: 7 } } };
    expect(await lose(() => records.writeSettings(FIRST, settings))).toBeGreaterThan(10);
  });

  it('in the middle of a removal hold it whole, or not at all', async () => {
    await records.publish(FIRST);
    expect(await lose(() => records.remove(FIRST))).toBeGreaterThan(4);
  });

  const POD: PodConfig = {
    ...{ version: 1, id: '9'.repeat(64), name: 'pod', labels: {}, createdTime: FIRST.createdTime },
    ...{ hostname: '', shared: [], exitPolicy: 'continue', infraContainerId: FIRST.id },
    ...{ cgroupParent: '/parent', cgroupPath: '/parent/pod', shareParent: true },
  };
  const INFRA: ContainerConfig = { ...FIRST, pod: POD.id, isInfra: true, autoRemove: false };

  const publishPod = (): Promise<void> =>
    new PodRecords(records).publish(
      POD,
      () => records.publish(INFRA),
      () => records.remove(INFRA),
    );

  it('in the middle of the creation of a pod hold a whole one with its infra container, or none', async () => {
    expect(await lose(publishPod, FEW_CHOICES)).toBeGreaterThan(60);
  }, 60_000);

  it('in the middle of the removal of a pod hold it whole, or not at all', async () => {
    await publishPod();
    const remove = (): Promise<void> => new PodRecords(records).remove(POD, () => records.remove(INFRA));
    expect(await lose(remove, FEW_CHOICES)).toBeGreaterThan(10);
  });

  it('in the middle of the creation of a volume hold a whole one, or none', async () => {
    const create = async (): Promise<void> => {
      await volumesIn(paths).create({ name: 'data' });
    };
    expect(await lose(create, FEW_CHOICES)).toBeGreaterThan(20);
  });

  it('in the middle of the removal of a volume hold it whole, or not at all', async () => {
    await volumesIn(paths).create({ name: 'data' });
    expect(await lose(() => volumesIn(paths).remove('data', () => []))).toBeGreaterThan(2);
  });
});
