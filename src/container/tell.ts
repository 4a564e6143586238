import { eventLine, nowInNanoseconds, subjectMembers, type EventWords } from '../events/line.js';
import type { FileStep } from '../linux/files/files.js';
import type { EventStatus, OwedEvent } from '../model/event.js';
import type { ContainerSettings } from '../model/settings.js';
import type { ContainerState } from '../model/state.js';
import type { ContainerCore } from './core.js';

/** Who the container is, as members of an event's line. */
export function subjectOf({ config, name }: Pick<ContainerCore, 'config' | 'name'>): string {
  return subjectMembers({
    type: 'container',
    id: config.id,
    name,
    image: config.rootfsImageName ?? config.rootfsName,
    pod: config.pod,
    attributes: config.labels,
  });
}

/** The line of an event of this container. */
export function lineOf(core: Pick<ContainerCore, 'config' | 'name'>, words: EventWords): string {
  return eventLine(words, subjectOf(core));
}

/**
 * Tells what was asked of a container, which is no change of its own: its consequence, if it has one, is told by itself.
 * Lost if this process is killed at this very moment.
 */
export async function tell(
  core: ContainerCore,
  status: EventStatus,
  more: Pick<EventWords, 'exitCode' | 'healthStatus'> = {},
): Promise<void> {
  const time = nowInNanoseconds();
  await core.services.events.tell(
    lineOf(core, { status, key: `${core.id}.${time}.${status}`, time, ...more }),
  );
}

/** The event that the next state owes. */
export function owe(core: ContainerCore, before: ContainerState, status: EventStatus): OwedEvent {
  const generation = before.generation + 1;
  return { status, key: `${core.id}.${generation}.${status}`, time: nowInNanoseconds(), generation };
}

/** The settings with a change that owes an event. */
export function changedSettings(
  core: ContainerCore,
  change: Partial<ContainerSettings>,
  status: EventStatus,
): ContainerSettings & { readonly event: OwedEvent } {
  const generation = (core.settings.generation ?? 0) + 1;
  const time = nowInNanoseconds();
  const key = `${core.id}.settings-${generation}.${status}`;
  const event = { status, key, time, generation, run: core.services.records.paths.run };
  return { ...core.settings, ...change, generation, event };
}

/** The file step that tells what a record owes. */
export function tellingStep(core: ContainerCore, event: OwedEvent): FileStep {
  return core.services.events.step(lineOf(core, event));
}

/** The key of an event that happens once in a container's life. */
export function onceKey(id: string, status: 'create' | 'remove'): string {
  return `${id}.${status}`;
}

/** The words of an event that happens once in a container's life. */
export function onceWords(id: string, status: 'create' | 'remove', time = nowInNanoseconds()): EventWords {
  return { status, key: onceKey(id, status), time };
}
