/** What a cgroup's device list says of some devices; of several rules the last that fits decides. */
export interface DeviceRule {
  readonly allow: boolean;
  /** `c` or `u` are character devices, `b` block devices, `p` FIFOs; all kinds where it is absent or `a`. */
  readonly type?: 'a' | 'b' | 'c' | 'u' | 'p' | undefined;
  /** Any where it is absent or negative. */
  readonly major?: number | undefined;
  /** Any where it is absent or negative. */
  readonly minor?: number | undefined;
  /** Letters of read, write and mknod, all of them where it is absent: `rwm`. */
  readonly access?: string | undefined;
}

/** A rule as the files devices.allow and devices.deny of cgroup v1 take it; what is for all devices has no numbers. */
export function deviceEntry(rule: DeviceRule): string {
  const type = rule.type ?? 'a';
  if (type === 'a') return 'a';
  const number = (value: number | undefined) => (value === undefined || value < 0 ? '*' : String(value));
  return `${type} ${number(rule.major)}:${number(rule.minor)} ${rule.access || 'rwm'}`;
}

/** Parses the text of a v1 devices.list, which has what is allowed: lines `c 1:3 rwm`, `a *:* rwm`. */
export function parseDeviceEntries(text: string): DeviceRule[] {
  return text.split('\n').flatMap((line) => {
    const match = /^([abc]) (\*|\d+):(\*|\d+) ([rwm]+)$/.exec(line);
    if (match === null) return [];
    const [, type, major, minor, access] = match;
    return [
      {
        allow: true,
        type: type as 'a' | 'b' | 'c',
        ...(major === '*' ? {} : { major: Number(major) }),
        ...(minor === '*' ? {} : { minor: Number(minor) }),
        ...(access === undefined ? {} : { access }),
      },
    ];
  });
}
