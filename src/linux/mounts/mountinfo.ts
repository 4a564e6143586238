/** One mount, as /proc/PID/mountinfo tells it (proc_pid_mountinfo(5)). */
export interface MountInfo {
  readonly id: number;
  readonly parent: number;
  /** The major and minor number of the file system's device, `8:1`. */
  readonly device: string;
  /** The directory of the file system that forms the root of this mount. */
  readonly root: string;
  readonly mountpoint: string;
  readonly options: readonly string[];
  /** `shared:N`, `master:N`, `propagate_from:N`, `unbindable`. */
  readonly propagation: readonly string[];
  readonly type: string;
  readonly source: string;
  readonly superOptions: readonly string[];
}

/** The kernel writes spaces, tabs, newlines, backslashes and whatever else would be misread as octal escapes. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}

/**
 * Parses the text of a mountinfo file:
 *
 *     36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
 *     id parent device root mountpoint options propagation* - type source super-options
 *
 * Lines of another shape are passed over, as the format may grow.
 */
export function parseMountinfo(text: string): MountInfo[] {
  const mounts: MountInfo[] = [];
  for (const line of text.split('\n')) {
    const fields = line.split(' ');
    const dash = fields.indexOf('-', 6);
    const [id, parent, device, root, mountpoint, options] = fields;
    const [type, source, superOptions] = fields.slice(dash + 1);
    if (
      dash < 0 ||
      options === undefined ||
      source === undefined ||
      mountpoint === undefined ||
      root === undefined
    )
      continue;
    mounts.push({
      id: Number(id),
      parent: Number(parent),
      device: device ?? '',
      root: unescape(root),
      mountpoint: unescape(mountpoint),
      options: options.split(','),
      propagation: fields.slice(6, dash),
      type: unescape(type ?? ''),
      source: unescape(source),
      // Split first: a comma within a value is escaped.
      superOptions: (superOptions ?? '').split(',').map(unescape),
    });
  }
  return mounts;
}

/** How mounts spread to and from one (mount_namespaces(7), "/proc/pid/mountinfo and propagation"). */
export interface PropagationInfo {
  /** The peer group that it is shared in. */
  readonly shared?: number;
  /** The peer group whose slave it is. */
  readonly master?: number;
  /** The nearest dominant peer group under the root of the process that asked, if that is not `master` itself. */
  readonly propagateFrom?: number;
  readonly unbindable: boolean;
}

/** The optional fields of a mount; one that has none is private. */
export function propagationOf(mount: Pick<MountInfo, 'propagation'>): PropagationInfo {
  const group = (tag: string): number | undefined => {
    const field = mount.propagation.find((word) => word.startsWith(`${tag}:`));
    return field === undefined ? undefined : Number(field.slice(tag.length + 1));
  };
  const shared = group('shared');
  const master = group('master');
  const propagateFrom = group('propagate_from');
  return {
    ...(shared === undefined ? {} : { shared }),
    ...(master === undefined ? {} : { master }),
    ...(propagateFrom === undefined ? {} : { propagateFrom }),
    unbindable: mount.propagation.includes('unbindable'),
  };
}
