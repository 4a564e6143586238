/** Upper ends in seconds, and how time is told below them: HumanDuration of docker's go-units, which podman uses. */
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function seconds(count: number): string {
  if (count < 1) return 'Less than a second';
  return count === 1 ? '1 second' : `${count} seconds`;
}

/** A length of time for a person: `3 seconds`, `About a minute`, `2 weeks`. */
export function humanDuration(milliseconds: number): string {
  const elapsed = Math.max(0, Math.floor(milliseconds / 1000));
  if (elapsed < MINUTE) return seconds(elapsed);
  const minutes = Math.floor(elapsed / MINUTE);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.floor(elapsed / HOUR + 0.5);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  const days = Math.floor((hours * HOUR) / DAY);
  if (days < 14) return `${days} days`;
  if (days < 60) return `${Math.floor(days / 7)} weeks`;
  if (days < 730) return `${Math.floor(days / 30)} months`;
  return `${Math.floor(days / 365)} years`;
}

/** The same, as a moment in the past: `3 seconds ago`. */
export function humanAgo(iso: string, now: number = Date.now()): string {
  return `${humanDuration(now - Date.parse(iso))} ago`;
}

/** A time as Go prints it to the second, which templates show: `2026-11-30 19:12:41 +0000 UTC`. @param iso ISO 8601 in UTC */
export function goTime(iso: string): string {
  const [, day, time] = /^(\S+)T([\d:]+)(?:\.\d+)?Z$/.exec(iso) ?? [];
  return day === undefined ? iso : `${day} ${time} +0000 UTC`;
}
