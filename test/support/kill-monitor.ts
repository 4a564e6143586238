import { readFileSync, readdirSync } from 'node:fs';
import { expect } from 'vitest';
import type { Container } from '../../src/index.js';

/** The parent of a process: of a container's init its monitor (proc_pid_stat(5), field 4). */
export function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** Kills the monitor of a running container with SIGKILL. */
export async function killMonitor(container: Container): Promise<void> {
  const monitor = parentOf(await container.pid());
  expect(readFileSync(`/proc/${monitor}/cmdline`, 'utf8')).toContain('libpod-monitor');
  process.kill(monitor, 'SIGKILL');
}

/** The monitors that a process has for children. */
export function monitorsOf(engine: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return (
          parentOf(pid) === engine && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('libpod-monitor')
        );
      } catch {
        // It has ended since the listing.
        return false;
      }
    });
}
