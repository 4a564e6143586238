import type { SessionRequest } from '../../launch/session.js';
import type { PreparedLaunch } from '../../runtimes/runtime.js';
import type { ContainerCore } from '../core.js';
import { seccompOf } from '../launch-request.js';

/** What tells one session in a container from another. */
type Session = Pick<SessionRequest, 'process' | 'stdin' | 'late' | 'preserve'>;

/** Has the container's runtime work a session out, which is confined as the container is. */
export function prepareInside(core: ContainerCore, session: Session): Promise<PreparedLaunch> {
  const { config, services, runtime, runtimePlace } = core;
  const request: SessionRequest = {
    ...session,
    cgroups: services.cgroups,
    cgroupPath: config.cgroupPath,
    shared: config.spec.linux,
    idMaps: config.idMappings,
    seccomp: seccompOf(config),
  };
  return runtime.prepareSession(request, runtimePlace);
}
