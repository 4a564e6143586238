import { setTimeout as sleep } from 'node:timers/promises';
import { LibpodError } from '../../base/errors.js';
import { statusOf } from '../../bundles/status.js';
import { Cgroup } from '../../linux/cgroups/cgroup.js';
import { usage } from '../arguments.js';
import { command, containerOf } from '../command.js';
import { statsEvent } from '../stats-event.js';
import { writeOut } from '../write-out.js';

/** Units of Go's time.ParseDuration, in milliseconds. */
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function milliseconds(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const length = match === null ? 0 : Number(match[1]) * (UNITS[match[2] ?? ''] ?? 0);
  if (length >= 1) return length;
  throw usage(`invalid value ${JSON.stringify(text)} for --interval: give a time such as 5s or 500ms`);
}

/** Tells of every time that memory was not enough, until the cgroup is gone. */
async function tellWantOfMemory(id: string, cgroup: Cgroup, signal: AbortSignal): Promise<void> {
  let known: number | undefined;
  try {
    for await (const { memory } of cgroup.events(signal)) {
      const count = memory?.oom ?? 0;
      for (let told = known ?? count; told < count; told++) writeOut(JSON.stringify({ type: 'oom', id }));
      known = count;
    }
  } catch (error) {
    if (!LibpodError.is(error, 'ERR_ABORTED') && !LibpodError.is(error, 'ERR_NOT_FOUND')) throw error;
  }
}

export const definition = command({
  flags: {
    stats: { type: 'boolean', about: 'tell the usage once, and end' },
    interval: { type: 'string', about: 'the time between two tellings of the usage (default 5s)' },
  },
  words: 'CONTAINER-ID',
  async run({ stats = false, interval = '5s' }, words, globals) {
    const files = containerOf(words, globals);
    const pause = milliseconds(interval);
    const record = files.requireRecord();
    const runs = async (): Promise<boolean> => (await statusOf(files, record)) !== 'stopped';
    if (!(await runs())) throw new LibpodError('ERR_INVALID_STATE', `container not running: ${files.id}`);
    const cgroup = new Cgroup(record.cgroupPath);
    const tell = async (): Promise<void> =>
      writeOut(
        JSON.stringify({
          type: 'stats',
          id: files.id,
          data: statsEvent(await cgroup.stats(), cgroup.limits()),
        }),
      );
    if (stats) {
      await tell();
      return 0;
    }
    const end = new AbortController();
    const watched = tellWantOfMemory(files.id, cgroup, end.signal);
    while (files.exists() && (await runs())) {
      await tell();
      await sleep(pause);
    }
    end.abort();
    await watched;
    return 0;
  },
});
