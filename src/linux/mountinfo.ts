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

/** The kernel writes space, tab, newline and backslash as octal escapes. */
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
      type: type ?? '',
      source: unescape(source),
      superOptions: (superOptions ?? '').split(','),
    });
  }
  return mounts;
}
