import { LibpodError } from '../base/errors.js';
import type { LinuxSeccomp } from '../oci/runtime-spec.js';
import { OCI_VERSION } from '../oci/state.js';

const NOTIFY = 'SCMP_ACT_NOTIFY';

/** By what the listener is handed over: asked first, it would wait for an answer of whoever is to get it. */
const HANDING = 'sendmsg';

function invalid(message: string): never {
  throw new LibpodError('ERR_SPEC_INVALID', message);
}

/**
 * The socket that gets the listener of a filter: seccomp_unotify(2); OCI config-linux, "Seccomp". Undefined where no rule has the
 * action SCMP_ACT_NOTIFY.
 *
 * @throws LibpodError ERR_SPEC_INVALID
 */
export function listenerPath(seccomp: LinuxSeccomp): string | undefined {
  const { defaultAction, syscalls = [], listenerPath: path, listenerMetadata, flags = [] } = seccomp;
  if (listenerMetadata && !path)
    invalid('linux.seccomp.listenerMetadata is given without listenerPath; give both or neither');
  if (path && !path.startsWith('/'))
    invalid(`linux.seccomp.listenerPath is ${JSON.stringify(path)}, but must be absolute`);
  if (defaultAction === NOTIFY)
    invalid(
      `linux.seccomp.defaultAction is ${NOTIFY}, by which the container could not even be handed over to its listener; name system calls instead`,
    );
  const notifying = syscalls.filter(({ action }) => action === NOTIFY);
  if (notifying.length === 0) {
    if (flags.includes('SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'))
      invalid(
        `linux.seccomp.flags has SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, which is for rules with ${NOTIFY}; remove it`,
      );
    return undefined;
  }
  if (!path)
    invalid(
      `linux.seccomp.syscalls has the action ${NOTIFY}, but no listenerPath says who is notified; give it`,
    );
  if (notifying.some(({ names }) => names.includes(HANDING)))
    invalid(
      `linux.seccomp.syscalls has the action ${NOTIFY} for ${HANDING}, by which the listener is handed over; leave it out`,
    );
  return path;
}

/** What the listener's descriptor comes with. */
export interface ListenedContainer {
  readonly id: string;
  readonly bundle: string;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** The container process state (config-linux.md), with the places in it where the PID goes. Pure. */
export function processState(
  { listenerMetadata }: LinuxSeccomp,
  { id, bundle, annotations }: ListenedContainer,
): { readonly state: Buffer; readonly pidsAt: readonly number[] } {
  const version = `{"ociVersion":${JSON.stringify(OCI_VERSION)}`;
  const metadata = listenerMetadata ? `,"metadata":${JSON.stringify(listenerMetadata)}` : '';
  const rest = JSON.stringify({ bundle, annotations }).slice(1);
  const head = Buffer.from(`${version},"fds":["seccompFd"],"pid":`);
  const middle = Buffer.from(
    `${metadata},"state":${version},"id":${JSON.stringify(id)},"status":"creating","pid":`,
  );
  return {
    state: Buffer.concat([head, middle, Buffer.from(`,${rest}}`)]),
    pidsAt: [head.length, head.length + middle.length],
  };
}
