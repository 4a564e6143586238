import { LibpodError } from '../base/errors.js';
import { readInRoot } from '../linux/files/read-in-root.js';
import type { Process } from '../oci/runtime-spec.js';
import { parsePasswd } from '../spec/user.js';

/**
 * A process whose environment has HOME, as runc and crun see to: unless it is set, the home directory of its user in the
 * container's own /etc/passwd, and `/` for one who is not in there.
 *
 * @param root where the container's root is, on the host
 */
export function withHome(process: Process, root: string): Process {
  const { env = [], user } = process;
  if (env.some((entry) => entry.startsWith('HOME='))) return process;
  const known = parsePasswd(passwdOf(root)).find(({ uid }) => uid === (user?.uid ?? 0));
  return { ...process, env: [...env, `HOME=${known?.home ?? '/'}`] };
}

/** Nothing for what is no plain file: it is no reason not to run. */
function passwdOf(root: string): string {
  try {
    return readInRoot(root, '/etc/passwd');
  } catch (error) {
    if (!LibpodError.is(error)) throw error;
    return '';
  }
}
