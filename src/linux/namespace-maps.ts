import { LibpodError } from '../base/errors.js';
import { parseIdMap, type IdMaps } from './namespaces/id-map.js';
import { inside } from './namespaces/inside.js';
import { Namespace } from './namespaces/namespace.js';

/**
 * The maps of the user namespace at a path, as this process sees them; undefined for this process's own.
 *
 * @throws LibpodError ERR_NOT_FOUND, ERR_INVALID_ARGUMENT if it is no user namespace
 */
export async function mapsOfNamespace(path: string): Promise<IdMaps | undefined> {
  using namespace = Namespace.open(path);
  if (namespace.type !== 'user')
    throw new LibpodError(
      'ERR_INVALID_ARGUMENT',
      `${path} is to be the user namespace, but is a ${namespace.type} namespace`,
    );
  using own = Namespace.open('/proc/self/ns/user');
  if (own.inode === namespace.inode) return undefined;
  const place = inside(namespace);
  const read = async (file: string): Promise<IdMaps['uid']> =>
    parseIdMap((await place.readFile(`/proc/self/${file}`)).toString());
  return { uid: await read('uid_map'), gid: await read('gid_map') };
}
