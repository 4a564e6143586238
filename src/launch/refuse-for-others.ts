import { LibpodError } from '../base/errors.js';
import type { LaunchRequest } from './request.js';
import type { SessionRequest } from './session.js';

/** Something that is asked for, and why nobody but this library's own runtime can do it. */
type Refusal<Request> = readonly [asked: (request: Request) => boolean, what: string, because: string];

const OWN_INIT = 'as that init is part of the built-in runtime';

const PRESERVE: Refusal<Pick<LaunchRequest, 'preserve'>> = [
  ({ preserve }) => preserve !== undefined,
  'further descriptors (--preserve-fds)',
  'as the built-in runtime alone takes them over',
];

const OF_LAUNCHES: readonly Refusal<LaunchRequest>[] = [
  PRESERVE,
  [({ init }) => init, 'an init (--init)', OWN_INIT],
  [({ pause }) => pause, 'the pause of an infra container', OWN_INIT],
  [
    ({ idMaps, spec }) =>
      idMaps !== undefined ||
      spec.linux?.namespaces?.some(({ type, path }) => type === 'user' && !path) === true,
    'a user namespace (--userns)',
    'as the built-in runtime alone maps the IDs of its layers',
  ],
  [
    ({ spec }) =>
      spec.mounts?.some(({ options }) => options?.some((one) => one === 'shared' || one === 'rshared')) ===
      true,
    'a mount that propagates to the host (shared)',
    'as its mounts are made from a mount namespace of its launch',
  ],
];

const OF_SESSIONS: readonly Refusal<SessionRequest>[] = [PRESERVE];

function refuse<Request>(
  refusals: readonly Refusal<Request>[],
  request: Request,
  runtime: string,
  container: string,
): void {
  for (const [asked, what, because] of refusals) {
    if (!asked(request)) continue;
    throw new LibpodError(
      'ERR_UNSUPPORTED',
      `container ${container} asks for ${what}, which it cannot have with the OCI runtime ${runtime}, ${because}; leave one out`,
    );
  }
}

/**
 * Refuses what would be ignored, or mean something else, where another OCI runtime makes the container.
 *
 * @throws LibpodError ERR_UNSUPPORTED
 */
export function refuseForOthers(request: LaunchRequest, runtime: string, container: string): void {
  refuse(OF_LAUNCHES, request, runtime, container);
}

/** The same of an exec session. */
export function refuseForSession(request: SessionRequest, runtime: string, container: string): void {
  refuse(OF_SESSIONS, request, runtime, container);
}
