import { hasErrno } from '../base/errno.js';
import { mergeResources, resourcesOf } from '../model/settings.js';
import { parseRestartPolicy, requireRestartable } from '../model/restart-policy.js';
import { isActive, requireState } from '../model/status.js';
import type { LinuxResources } from '../oci/runtime-spec.js';
import type { ResourceOptions } from '../spec/options.js';
import { applyLimits } from '../runtimes/apply-limits.js';
import { RESOURCE_OPTIONS } from '../spec/option-shapes.js';
import { requireShape } from '../spec/shape.js';
import { namedBlockDevices, resolveLimits } from '../spec/resources.js';
import type { Access } from './locking/access.js';
import type { ContainerCore } from './core.js';
import { policyOf } from './restart-policy.js';
import { leaveNextProgram } from './start.js';
import { changedSettings, tellingStep } from './tell.js';
import { blockDeviceNumbers } from './files/device-numbers.js';
import { sync } from './state/state.js';

/** What may be changed of a container: its limits, and when it is run again. */
export interface UpdateOptions extends ResourceOptions {
  /** As in CreateOptions. It holds also for the run that goes on. */
  readonly restartPolicy?: string | undefined;
}

/** What is asked for, seen together with what holds: memory and its swap are one limit to the kernel. */
export function changeOf(asked: ResourceOptions, current: LinuxResources | undefined): LinuxResources {
  const swapAlone = asked.memorySwap !== undefined && asked.memory === undefined;
  const memory = swapAlone ? current?.memory?.limit : asked.memory;
  return resolveLimits({ ...asked, memory }, blockDeviceNumbers(namedBlockDevices(asked)));
}

/** Writes limits to the cgroups of a container that lives. */
function apply(core: ContainerCore, change: LinuxResources): Promise<void> {
  const { cgroups } = core.services;
  return applyLimits(`update container ${core.name}`, cgroups, core.config.cgroupPath, change);
}

/** The same for one that may end meanwhile: its cgroups go after its end is recorded, and then its next run is what counts. */
async function applyUnlessEnded(core: ContainerCore, change: LinuxResources): Promise<void> {
  try {
    await apply(core, change);
  } catch (error) {
    const gone = hasErrno(error, 'ENOENT', 'ENODEV');
    if (!gone || isActive((await sync(core)).state)) throw error;
  }
}

/**
 * Changes limits: at once if the container lives, and for all its later runs. What is not given stays as it is. A refused
 * value is not recorded.
 *
 * @throws LibpodError ERR_INVALID_ARGUMENT, ERR_UNSUPPORTED, and what the kernel answers
 */
export async function update(core: ContainerCore, access: Access, options: UpdateOptions): Promise<void> {
  const { restartPolicy: asksFor, ...asked } = (options as UpdateOptions | undefined) ?? {};
  requireShape('update', RESOURCE_OPTIONS, typeof options === 'object' ? asked : options);
  const restartPolicy = asksFor === undefined ? undefined : parseRestartPolicy(asksFor);
  if (restartPolicy !== undefined) requireRestartable(restartPolicy, core.config);
  await access(async ({ state }) => {
    requireState('update', state, core.name, core.id);
    core.forgetSettings();
    const { settings, config } = core;
    const change = changeOf(asked, resourcesOf(config, settings));
    if (isActive(state)) await applyUnlessEnded(core, change);
    const resources = mergeResources(settings.resources ?? {}, change);
    const before = policyOf(core);
    const settled = { resources, ...(restartPolicy !== undefined && { restartPolicy }) };
    const changed = changedSettings(core, settled, 'update');
    await core.services.records.writeSettings(config, changed, [tellingStep(core, changed.event)]);
    core.forgetSettings();
    if (before.name !== 'no' || policyOf(core).name !== 'no') await leaveNextProgram(core);
  });
}
