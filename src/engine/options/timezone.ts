import { realpathSync, statSync } from 'node:fs';
import { LibpodError } from '../../base/errors.js';
import type { Mount } from '../../oci/runtime-spec.js';

const ZONES = '/usr/share/zoneinfo';
const PLACE = '/etc/localtime';

/**
 * The mount that sets a container's time zone: tzfile(5), podman-run(1), --tz.
 *
 * @param zone a name such as `Europe/Berlin`, or `local` for the host's own
 * @throws LibpodError ERR_INVALID_ARGUMENT for one that the host does not know
 */
export function timezoneMount(zone: string): Mount {
  const source = fileOf(zone);
  if (source === undefined)
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `the time zone ${JSON.stringify(zone)} is not known to the host: name one of ${ZONES}, such as UTC, or local`,
    );
  const options = ['rbind', 'rprivate', 'ro', 'nosuid', 'nodev', 'noexec'];
  return { destination: PLACE, type: 'bind', source, options };
}

function fileOf(zone: string): string | undefined {
  if (zone !== 'local' && !/^[\w+-]+(?:\/[\w+-]+)*$/.test(zone)) return undefined;
  try {
    const file = realpathSync(zone === 'local' ? PLACE : `${ZONES}/${zone}`);
    return statSync(file).isFile() ? file : undefined;
  } catch {
    return undefined;
  }
}
