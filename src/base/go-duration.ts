/** A length of time as Go prints it (time.Duration.String), which podman shows: `1h2m3.5s`, `120ms`, `0s`. */
export function goDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s';
  const sign = nanoseconds < 0n ? '-' : '';
  const total = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const decimal = (unit: bigint, digits: number): string => {
    const fraction = String(total % unit)
      .padStart(digits, '0')
      .replace(/0+$/, '');
    return `${total / unit}${fraction === '' ? '' : `.${fraction}`}`;
  };
  if (total < 1000n) return `${sign}${total}ns`;
  if (total < 1_000_000n) return `${sign}${decimal(1000n, 3)}µs`;
  if (total < 1_000_000_000n) return `${sign}${decimal(1_000_000n, 6)}ms`;
  const whole = total / 1_000_000_000n;
  const fraction = String(total % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const seconds = `${whole % 60n}${fraction === '' ? '' : `.${fraction}`}s`;
  const minutes = whole / 60n;
  if (minutes === 0n) return sign + seconds;
  return minutes < 60n
    ? `${sign}${minutes}m${seconds}`
    : `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}
