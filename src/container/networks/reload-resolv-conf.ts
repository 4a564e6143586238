import { runFileSteps } from '../../linux/files/files.js';
import { networksOf } from '../../model/settings.js';
import { requireState } from '../../model/status.js';
import type { ContainerCore } from '../core.js';
import type { Access } from '../locking/access.js';
import { policyOf } from '../restart-policy.js';
import { leaveNextProgram } from '../start.js';
import { RESOLV_CONF_FILE, resolvConfOf } from './resolv-conf.js';

/**
 * Has the /etc/resolv.conf of a container that lives say what its networks and the host say now, in place of what stands there.
 *
 * @throws LibpodError ERR_INVALID_STATE unless it runs
 */
export async function reloadResolvConf(core: ContainerCore, access: Access): Promise<void> {
  await access(async (state) => {
    requireState('reload', state.state, core.name, core.id);
    core.forgetSettings();
    const { config, settings, paths } = core;
    if (!config.manageFiles || config.useImageResolvConf === true) return;
    const networked = networksOf(config, settings).length > 0 || config.netNsCtr !== undefined;
    // Into the file itself: the container has that mounted, and would not see another in its place.
    await runFileSteps(`tell container ${core.name} of its name servers`, [
      { op: 'write', path: paths.file(RESOLV_CONF_FILE), mode: 0o644, data: resolvConfOf(core, networked) },
    ]);
    if (policyOf(core).name !== 'no') await leaveNextProgram(core);
  });
}
