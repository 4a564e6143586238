const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** A size for a person, in powers of 1000 and three digits or more: HumanSizeWithPrecision of docker's go-units. */
export function humanSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${Number(value.toPrecision(3))} ${UNITS[unit]}`;
}
