import { readdirSync } from 'node:fs';
import path from 'node:path';
import { nodeErrorCode } from '../base/errno.js';
import { isId } from '../base/ids.js';
import { clearRemains } from '../container/remains.js';
import type { Services } from '../container/services.js';
import { cgroupDirectory } from '../launch/cgroups.js';
import { runFileSteps, type FileStep } from '../linux/files.js';
import { parseNewDirectory } from '../records/creator.js';

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

/** Containers that a living process is just making: they have a name, or cgroups, before they have records. */
function inTheMaking(services: Services): Set<string> {
  const found = list(services.records.paths.runContainers).map(parseNewDirectory);
  return new Set(found.flatMap((entry) => (entry?.alive ? [entry.id] : [])));
}

/**
 * Clears away what nobody owns: what a process that was killed left in the middle of creating or removing, throwaway
 * containers whose monitor was killed, cgroups without a container, and earlier boots. Anything that a living process
 * has in hand is left alone; two sweeps at once do each other no harm.
 */
export async function sweep(services: Services, cgroupParent: string): Promise<void> {
  const { records, locks } = services;
  const { paths } = records;
  const steps = [
    ...leftovers(paths.containers),
    ...leftovers(paths.runContainers),
    ...list(paths.runRoot)
      .filter((name) => name !== path.basename(paths.run) && /^[0-9a-f-]{36}$/.test(name))
      .map((name): FileStep => ({ op: 'remove', path: path.join(paths.runRoot, name) })),
  ];
  if (steps.length > 0) await runFileSteps('sweep the store', steps);

  // Whom a living process is making is asked first: what it finishes meanwhile is then found among the containers.
  const making = inTheMaking(services);
  const known = new Set([...list(paths.containers), ...list(paths.runContainers)].filter(isId));
  for (const name of list(paths.names)) {
    const id = records.ownerOfName(name);
    if (id !== undefined && !making.has(id) && !known.has(id)) {
      await runFileSteps('sweep a name', [{ op: 'remove', path: paths.name(name) }]);
    }
  }
  for (const id of list(paths.runContainers).filter(isId)) {
    const own = paths.container(id, true);
    const config = records.config(id);
    if (config !== undefined && !config.autoRemove) continue;
    if (list(own.run).includes('ctl.sock') || config === undefined) {
      await locks.with(own.lock, async () => {
        // A throwaway one with a living monitor, or one that is about to be launched, is nobody's remains.
        const { MonitorConnection } = await import('../monitor/connection.js');
        const connection = await MonitorConnection.open(own.controlSocket);
        connection?.close();
        if (connection !== undefined) return;
        const cgroupPath = config?.cgroupPath ?? path.join(cgroupParent, `libpod-${id}`);
        await clearRemains(services, cgroupPath, own);
        if (config !== undefined) await records.remove(config);
        else await runFileSteps('sweep a run directory', [{ op: 'discard', path: own.run }]);
      });
    }
  }
  await sweepCgroups(services, cgroupParent, making);
}

/** Cgroups that bear the ID of a container that is no more. */
async function sweepCgroups(services: Services, cgroupParent: string, making: ReadonlySet<string>): Promise<void> {
  const { paths } = services.records;
  const orphans = new Set<string>();
  for (const hierarchy of services.cgroups) {
    for (const name of list(cgroupDirectory(hierarchy, cgroupParent))) {
      const id = /^libpod-([0-9a-f]{64})$/.exec(name)?.[1];
      if (id !== undefined && !making.has(id)) orphans.add(id);
    }
  }
  for (const id of orphans) {
    // Asked again now: a monitor that goes takes its cgroups first and its run directory last.
    if (list(paths.containers).includes(id) || list(paths.runContainers).includes(id)) continue;
    await clearRemains(services, path.join(cgroupParent, `libpod-${id}`), paths.container(id, true));
  }
}
