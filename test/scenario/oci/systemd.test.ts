import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { withOci, type OciCommand } from '../../support/oci-command.js';
import { requires } from '../../support/requires.js';

const LOOK_AGAIN_MS = 50;

/** What systemd knows of a unit. */
function show(unit: string, property: string): string {
  return execFileSync('systemctl', ['show', '--value', '-p', property, unit], { encoding: 'utf8' }).trim();
}

/** A scope that no other test has. */
class TestScope {
  readonly name = randomBytes(6).toString('hex');
  readonly unit = `test-${this.name}.scope`;
  readonly path = `/machine.slice/${this.unit}`;

  bundle(command: OciCommand, ...args: string[]): string {
    return command.bundle(args, ({ linux }) => {
      Object.assign(linux, {
        cgroupsPath: `machine.slice:test:${this.name}`,
        resources: { memory: { limit: 64 * 2 ** 20 }, pids: { limit: 50 } },
      });
    });
  }

  async gone(): Promise<void> {
    while (existsSync(`/sys/fs/cgroup${this.path}`) || show(this.unit, 'LoadState') !== 'not-found')
      await sleep(LOOK_AGAIN_MS);
  }
}

describe.runIf(requires({ root: true, busybox: true, systemd: true }))(
  'libpod-oci with cgroups of systemd',
  () => {
    it(
      'has a container in a scope of its own, with its limits; another one of that name can follow at once',
      withOci(async (command) => {
        const scope = new TestScope();
        const bundle = scope.bundle(command, 'sleep', '1000');
        for (let round = 0; round < 2; round++) {
          await command.ok('--systemd-cgroup', 'create', '-b', bundle, 'one');
          expect([show(scope.unit, 'ControlGroup'), show(scope.unit, 'Delegate')]).toEqual([
            scope.path,
            'yes',
          ]);
          await command.ok('start', 'one');
          const { pid } = await command.state('one');
          const cgroup = `${scope.path}/container`;
          expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).toBe(`0::${cgroup}\n`);
          const file = (name: string): string =>
            readFileSync(path.join('/sys/fs/cgroup', cgroup, name), 'utf8').trim();
          expect([file('memory.max'), file('pids.max')]).toEqual([String(64 * 2 ** 20), '50']);
          expect(existsSync(`/sys/fs/cgroup${scope.path}/anchor`)).toBe(false);
          expect(await command.oci('exec', 'one', 'sh', '-c', 'exit 5')).toMatchObject({ status: 5 });
          await command.ok('update', '--pids-limit', '60', 'one');
          expect(file('pids.max')).toBe('60');
          await command.ok('pause', 'one');
          expect(await command.state('one')).toMatchObject({ status: 'paused' });
          await command.ok('delete', '--force', 'one');
        }
        await scope.gone();
      }),
    );

    it(
      'leaves no scope of what cannot run, and alone what is not its own',
      withOci(async (command) => {
        const scope = new TestScope();
        const missing = scope.bundle(command, 'nosuch');
        expect(await command.fails('--systemd-cgroup', 'create', '-b', missing, 'one')).toMatch(
          /^command "nosuch" was not found/,
        );
        await scope.gone();
        const other = ['--scope', '--slice', 'machine.slice', '--unit', scope.unit, 'sh', '-c'];
        execFileSync('systemd-run', [...other, 'sleep 1000 <&- >&- 2>&- &'], { stdio: 'ignore' });
        const bundle = scope.bundle(command, 'true');
        expect(await command.fails('--systemd-cgroup', 'create', '-b', bundle, 'one')).toBe(
          `systemd has a unit ${scope.unit} already: choose another linux.cgroupsPath, or stop that one`,
        );
        expect(show(scope.unit, 'ActiveState')).toBe('active');
        execFileSync('systemctl', ['stop', scope.unit]);
        await scope.gone();
      }),
    );
  },
);
