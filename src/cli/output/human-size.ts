const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/**
 * Bytes for a person: HumanSizeWithPrecision of docker's go-units, which podman uses; units of 1000.
 *
 * @param digits how many digits are shown; zeros behind the point are not
 * @param gap what stands before the unit
 */
export function humanSize(bytes: number, digits = 4, gap = ''): string {
  let unit = 0;
  let size = bytes;
  for (; size >= 1000 && unit < UNITS.length - 1; unit++) size /= 1000;
  return `${Number(size.toPrecision(digits))}${gap}${UNITS[unit] ?? ''}`;
}
