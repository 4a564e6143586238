import { eventLine, nowInNanoseconds, subjectMembers } from '../events/line.js';
import type { EventStatus } from '../model/event.js';
import type { PodCore } from './core.js';

/** Tells what was done to a pod. Lost if this process is killed at this very moment; what happened to its containers is not. */
export async function tellPod({ services, config }: PodCore, status: EventStatus): Promise<void> {
  const time = nowInNanoseconds();
  const { id, name, labels } = config;
  const subject = subjectMembers({ type: 'pod', id, name, attributes: labels });
  await services.containers.events.tell(eventLine({ status, key: `${id}.${time}.${status}`, time }, subject));
}
