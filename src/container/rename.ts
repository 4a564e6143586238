import { checkName } from '../base/ids.js';
import type { Access } from './locking/access.js';
import type { ContainerCore } from './core.js';
import { policyOf } from './restart-policy.js';
import { leaveNextProgram } from './start.js';
import { changedSettings, lineOf, subjectOf } from './tell.js';

/**
 * Gives a container another name. Its old one is free at once; in /etc/hosts it is found from the next start.
 *
 * @throws LibpodError ERR_INVALID_NAME, ERR_NAME_IN_USE
 */
export async function rename(core: ContainerCore, access: Access, name: string): Promise<void> {
  checkName(name);
  await access(async () => {
    // Another process may have renamed it since this handle was made.
    core.forgetSettings();
    if (name === core.name) return;
    const settings = changedSettings(core, { name }, 'rename');
    // Told under the new name, as podman does.
    const line = lineOf({ config: core.config, name }, settings.event);
    await core.services.records.rename(core.config, core.name, settings, [core.services.events.step(line)]);
    core.forgetSettings();
    // Its monitor tells of it under the new name from now on, and its next run has it in its files.
    (await core.connect())?.send({ type: 'subject', members: subjectOf(core) });
    if (policyOf(core).name !== 'no') await leaveNextProgram(core);
  });
}
