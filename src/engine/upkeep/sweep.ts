import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { nodeErrorCode } from '../../base/errno.js';
import { isId } from '../../base/ids.js';
import { clearRemains } from '../../container/remains.js';
import { tellOwed } from '../../container/state/owed-events.js';
import { recordedState } from '../../container/state/recorded.js';
import { lineOf, onceWords } from '../../container/tell.js';
import { traceOf } from '../../container/state/trace.js';
import { ContainerCore, NO_HOME } from '../../container/core.js';
import type { Services } from '../../container/services.js';
import { cgroupDirectory } from '../../base/cgroup-hierarchy.js';
import type { ContainerConfig } from '../../model/config.js';
import { runFileSteps, type FileStep } from '../../linux/files/files.js';
import { isUnreadable } from '../../records/unreadable.js';
import { UNFINISHED } from '../../storage/copied-root.js';
import { ImageMounts } from '../image-mounts.js';
import { isHeld } from '../networks.js';
import { sweepMounts } from './sweep-mounts.js';
import { parseGoneName, parseNewDirectory } from '../../records/creator.js';
import type { StorePaths } from '../../records/paths.js';
import { readRecord } from '../../records/json-file.js';
import { CONFIG_RECORD } from '../../records/record-shape.js';
import { FileLock } from '../../linux/files/file-lock.js';

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (nodeErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Unfinished and discarded directories whose maker is dead. */
function leftovers(directory: string): FileStep[] {
  return list(directory)
    .filter((name) => name.startsWith('.gone-') || parseNewDirectory(name)?.alive === false)
    .map((name) => ({ op: 'remove', path: path.join(directory, name) }));
}

/** Roots that are copies, whole or not, of throwaway containers that are no more. */
function copiesWithoutContainer(services: Services): FileStep[] {
  const { records } = services;
  const { copies } = records.paths;
  return list(copies)
    .filter((name) => !records.exists(path.basename(name, UNFINISHED)))
    .map((name) => ({ op: 'remove', path: path.join(copies, name) }));
}

/** Run directories of pods that were not removed to the end. In the making a pod has the other directory first. */
function runsWithoutPod(paths: StorePaths): FileStep[] {
  return list(paths.runPods)
    .filter((id) => isId(id) && !existsSync(paths.pod(id).static))
    .map((id) => ({ op: 'remove', path: paths.pod(id).run }));
}

/** Containers and pods that a living process is just making: they have a name, or cgroups, before they have records. */
function inTheMaking(services: Services): Set<string> {
  const { runContainers, runPods } = services.records.paths;
  const found = [...list(runContainers), ...list(runPods)].map(parseNewDirectory);
  return new Set(found.flatMap((entry) => (entry?.alive ? [entry.id] : [])));
}

/** What a function reads; `unreadable` is for a person to mend or remove. */
function readable<T>(read: () => T): T | 'unreadable' {
  try {
    return read();
  } catch (error) {
    if (isUnreadable(error)) return 'unreadable';
    throw error;
  }
}

/** Whether a container goes by this name. One that is being renamed has two for a moment: its lock is waited for. */
async function hasName({ records, locks }: Services, id: string, name: string): Promise<boolean> {
  try {
    const config = records.config(id);
    if (config === undefined || records.settings(config).name === name) return true;
    const file = records.paths.container(id, config.autoRemove).lock;
    const settled = await locks.with(file, () => Promise.resolve(records.settings(config).name === name));
    return settled?.value ?? records.settings(config).name === name;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return true;
  }
}

/** Removes a throwaway container whose monitor was killed, and tells what that did not get to tell. */
async function buryThrowaway(services: Services, config: ContainerConfig): Promise<void> {
  const { records, events } = services;
  const core = new ContainerCore(services, config, NO_HOME);
  const trace = traceOf(config.id, core.paths);
  const { recorded } = recordedState(records, config.id, core.paths);
  if (trace !== undefined) await tellOwed(core, recorded, trace);
  await records.remove(config, [events.step(lineOf(core, onceWords(config.id, 'remove')))]);
}

/** Tells of the removals that were cut short before they were told, while the configurations are still there. */
async function tellRemovals(services: Services, directory: string): Promise<void> {
  const { records, events } = services;
  for (const name of list(directory)) {
    const id = parseGoneName(name);
    if (id === undefined) continue;
    const throwaway = directory === records.paths.runContainers;
    const lock = throwaway ? path.join(directory, name, 'lock') : records.paths.container(id, false).lock;
    // A living process takes it apart and tells it; or it is told, as the lock goes after that.
    if (!existsSync(lock) || FileLock.holder(lock) !== undefined) continue;
    const config = readable(() => readRecord(path.join(directory, name, 'config.json'), CONFIG_RECORD));
    const words = onceWords(id, 'remove');
    if (config === undefined || config === 'unreadable' || events.has(words.key, words.time)) continue;
    await events.tell(lineOf(new ContainerCore(services, config, NO_HOME), words));
  }
}

/**
 * Clears away what nobody owns: what a process that was killed left in the middle of creating or removing, throwaway
 * containers whose monitor was killed, cgroups without a container, and earlier boots. Anything that a living process
 * has in hand is left alone; two sweeps at once do each other no harm.
 *
 * @returns the IDs of infra containers whose pod is no more: containers, which are removed as such
 */
export async function sweep(services: Services, cgroupParent: string): Promise<string[]> {
  const { records, locks } = services;
  const { paths } = records;
  for (const directory of [paths.containers, paths.runContainers]) await tellRemovals(services, directory);
  const steps = [
    ...leftovers(paths.containers),
    ...leftovers(paths.runContainers),
    ...leftovers(paths.pods),
    ...leftovers(paths.runPods),
    ...runsWithoutPod(paths),
    ...leftovers(paths.hostRoot),
    ...leftovers(paths.volumes),
    ...[paths.root, paths.runRoot].flatMap((directory) =>
      list(directory)
        .filter((name) => /^store\.json\.\d+$/.test(name) && !existsSync(`/proc/${name.slice(11)}`))
        .map((name): FileStep => ({ op: 'remove', path: path.join(directory, name) })),
    ),
    ...list(paths.runRoot)
      .filter((name) => name !== path.basename(paths.run) && /^[0-9a-f-]{36}$/.test(name))
      .map((name): FileStep => ({ op: 'remove', path: path.join(paths.runRoot, name) })),
  ];
  if (steps.length > 0) await runFileSteps('sweep the store', steps);

  // In this order: what lasts is there before its run directory.
  const running = list(paths.runContainers).filter(isId);
  const lasting = new Set(list(paths.containers));
  for (const id of running) {
    if (lasting.has(id)) continue;
    const own = paths.container(id, true);
    const config = readable(() => records.config(id));
    if (config === 'unreadable' || config?.autoRemove === false) continue;
    // A throwaway one with a living monitor, or one that was not launched yet, is nobody's remains.
    const isInHand = (): boolean => {
      const trace = traceOf(id, own);
      return config !== undefined && (trace?.word === undefined || trace.alive);
    };
    // Without its lock, which whoever has it in hand may hold for long; what looks abandoned is looked at again under it.
    if (isInHand()) continue;
    await locks.with(own.lock, async () => {
      if (isInHand()) return;
      const cgroupPath = config?.cgroupPath ?? path.join(cgroupParent, paths.cgroupName(id));
      if (!(await clearRemains(services, cgroupPath, own))) return;
      await services.networks.reclaim(id);
      if (config !== undefined) await buryThrowaway(services, config);
      else await runFileSteps('sweep a run directory', [{ op: 'discard', path: own.run }]);
    });
  }
  const copies = copiesWithoutContainer(services);
  if (copies.length > 0) await runFileSteps('sweep roots', copies);
  await services.networks.cni.sweep((id) => isHeld(records, id));
  await sweepMounts(services);
  await new ImageMounts(paths.imageMounts).sweep();
  await sweepNames(services);
  await sweepLinks(services);
  await sweepCompanies(services);
  await sweepCgroups(services, cgroupParent);
  return infraWithoutPod(services);
}

/**
 * Names of containers that are no more, or that a rename did not get to give or to free; after the directories, since what was just cleared away may have left one. The
 * order of looking is the reverse of that of making: a name that is there belongs to somebody who is still making its
 * container, or else has made it by now.
 */
export async function sweepNames(services: Services): Promise<void> {
  const { records } = services;
  const { paths } = records;
  const owners = list(paths.names).map((name) => [name, records.ownerOfName(name)] as const);
  const making = inTheMaking(services);
  const known = new Set([
    ...[paths.containers, paths.runContainers, paths.pods].flatMap(list),
    ...records.setAsideIds(),
  ]);
  const counts = new Map<string | undefined, number>();
  for (const [, id] of owners) counts.set(id, (counts.get(id) ?? 0) + 1);
  for (const [name, id] of owners) {
    if (id === undefined || making.has(id)) continue;
    // Only a rename that was cut short leaves one with two names.
    if (known.has(id) && (counts.get(id) === 1 || (await hasName(services, id, name)))) continue;
    await runFileSteps('sweep a name', [{ op: 'remove', path: paths.name(name) }]);
  }
  for (const id of list(paths.containers))
    if (isId(id) && !counts.has(id) && !making.has(id)) await restoreName(services, id);
}

/** Gives a container its name back, which a removal had taken when the power went, and what came before was lost. */
async function restoreName(
  { records, locks }: Pick<Services, 'records' | 'locks'>,
  id: string,
): Promise<void> {
  const restore = async (): Promise<void> => {
    const config = readable(() => records.config(id));
    if (config === undefined || config === 'unreadable') return;
    const settings = readable(() => records.settings(config));
    if (settings === 'unreadable' || records.ownerOfName(settings.name) !== undefined) return;
    await runFileSteps('restore a name', [
      { op: 'symlink', path: records.paths.name(settings.name), to: id },
    ]);
  };
  if ((await locks.with(records.paths.container(id, false).lock, restore)) === undefined) await restore();
}

/** Links of containers that are no more. Looked at in the order of sweepNames, for the same reason. */
async function sweepLinks(services: Services): Promise<void> {
  const { records } = services;
  const { links, runLinks } = records.paths;
  const found = [links, runLinks].flatMap((directory) =>
    list(directory).map((name) => ({
      file: path.join(directory, name),
      id: name.slice(name.indexOf('.') + 1),
    })),
  );
  if (found.length === 0) return;
  const making = inTheMaking(services);
  const steps = found
    .filter(({ id }) => !making.has(id) && !records.exists(id))
    .map(({ file }): FileStep => ({ op: 'remove', path: file }));
  if (steps.length > 0) await runFileSteps('sweep links', steps);
}

/** Companies of pods that are no more; and whom a crash kept from leaving one, with its own end. */
async function sweepCompanies({ records }: Services): Promise<void> {
  const { paths, company } = records;
  for (const pod of list(paths.companies)) {
    const directory = paths.company(pod);
    if (!existsSync(paths.pod(pod).config))
      await runFileSteps('sweep a company', [{ op: 'remove', path: directory }]);
    else for (const id of list(directory)) if (!records.exists(id)) company.leave(directory, id);
  }
}

/**
 * Infra containers whose pod is no more, or never came to be: a crash while a pod was made or removed left them.
 *
 * @returns their IDs; they are whole containers, to be removed as such
 */
function infraWithoutPod(services: Services): string[] {
  const { records } = services;
  const { paths } = records;
  const links = list(paths.links).map((name) => name.split('.') as [target: string, id: string]);
  const making = inTheMaking(services);
  return links.flatMap(([target, id]) => {
    if (making.has(target) || existsSync(paths.pod(target).config)) return [];
    try {
      const config = records.config(id);
      return config?.isInfra === true && config.pod === target ? [id] : [];
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return [];
    }
  });
}

/** Where the cgroups of this store's containers and pods are: under the parent, and under those of pods. By path, their IDs. */
function ownCgroups({ records, cgroups }: Services, parent: string): Map<string, string> {
  const found = new Map<string, string>();
  const look = (at: string, depth: number): void => {
    for (const hierarchy of cgroups) {
      for (const name of list(cgroupDirectory(hierarchy, at))) {
        const id = records.paths.idOfCgroup(name);
        const place = path.join(at, name);
        if (id === undefined || found.has(place)) continue;
        found.set(place, id);
        if (depth === 0) look(place, 1);
      }
    }
  };
  look(parent, 0);
  return found;
}

/** Cgroups that bear the ID of a container or pod of this store that is no more; other stores may share the parent. */
async function sweepCgroups(services: Services, cgroupParent: string): Promise<void> {
  const { paths } = services.records;
  const found = ownCgroups(services, cgroupParent);
  const making = inTheMaking(services);
  // Asked only now: a monitor that goes takes its cgroups first and its run directory last.
  const known = new Set([paths.containers, paths.runContainers, paths.pods].flatMap(list));
  for (const [place, id] of found) {
    if (making.has(id) || known.has(id)) continue;
    await clearRemains(services, place, paths.container(id, true));
  }
}
