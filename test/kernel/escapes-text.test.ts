import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Container, Runtime, type CreateOptions } from '../../src/index.js';
import { requires } from '../support/requires.js';
import { run, shell } from '../support/run.js';
import { withStore } from '../support/store.js';

describe.runIf(requires({ root: true }))('text from outside', () => {
  it(
    'sets no kernel parameter but those of the container’s own namespaces',
    withStore(async (runtime) => {
      // CVE-2022-0811: a value with a "+" was taken for a second parameter by the program that set them.
      const pattern = (): string => readFileSync('/proc/sys/kernel/core_pattern', 'utf8');
      const before = pattern();
      const attacks: readonly (readonly [string, string])[] = [
        ['kernel.core_pattern', '|/evil'],
        ['kernel/core_pattern', '|/evil'],
        ['net/../kernel/core_pattern', '|/evil'],
        ['net.//.kernel.core_pattern', '|/evil'],
        ['kernel.shm_rmid_forced\nkernel.core_pattern', '|/evil'],
        ['kernel.shm_rmid_forced', '1+kernel.core_pattern=|/evil'],
        ['kernel.shm_rmid_forced', '1\nkernel.core_pattern=|/evil'],
        ['kernel.shm_rmid_forced', '1\0kernel.core_pattern=|/evil'],
        ['net.ipv4.ip_forward=1 kernel.core_pattern', '|/evil'],
        ['vm.overcommit_memory', '1'],
        ['fs.mqueue/../../kernel/core_pattern', '|/evil'],
      ];
      for (const [name, value] of attacks)
        await expect(run(runtime, ['true'], { sysctl: { [name]: value } }), name).rejects.toThrow();
      expect(pattern()).toBe(before);
      // The control: to who splits at "+" or at the end of a line, each of these names the parameter of the machine.
      const named = attacks.slice(5, 7).map(([name, value]) => `${name}=${value}`.split(/[+\n]/)[1]);
      expect(named).toEqual(Array(2).fill('kernel.core_pattern=|/evil'));
      const fine = await shell(runtime, 'cat /proc/sys/kernel/shm_rmid_forced', {
        sysctl: { 'kernel.shm_rmid_forced': '1' },
      });
      expect(fine.stdout).toBe('1\n');
    }),
  );

  it(
    'adds no line to the files that the engine writes, and no second word to a name',
    withStore(async (runtime) => {
      // CVE-2022-4318: HOME with the end of a line, written to /etc/passwd.
      const line = 'evil:x:0:0::/:/bin/sh';
      const env = { HOME: `/x\n${line}`, HOSTNAME: `a\n${line}` };
      for (const user of ['0', '12345', '12345:12345']) {
        const { stdout } = await shell(
          runtime,
          'cat /etc/passwd /etc/group /etc/hosts /etc/hostname /etc/resolv.conf',
          { env, user },
        );
        expect(stdout).not.toMatch(/^evil/m);
      }
      const lines: readonly CreateOptions[] = [
        { hostname: 'a\nevil' },
        { name: 'a\nevil' },
        { name: '../../evil' },
        { addHosts: ['a\nevil:1.2.3.4'] },
        { dns: ['1.1.1.1\nnameserver 6.6.6.6'] },
        { dnsSearch: ['a\nnameserver 6.6.6.6'] },
        { dnsOptions: ['a\nnameserver 6.6.6.6'] },
        { user: `0\n${line}` },
        { cwd: 'relative' },
        { networks: ['../../evil'] },
      ];
      for (const options of lines)
        await expect(run(runtime, ['true'], options), JSON.stringify(options)).rejects.toThrow();
      expect(await runtime.containers()).toEqual([]);
      // The control: what is split at the ends of lines has the line.
      expect(env.HOME.split('\n')).toContain(line);
    }),
  );

  it(
    'is read by nothing that the engine has not: checkpoints, builds, manifests of Kubernetes',
    withStore(async (runtime) => {
      // CVE-2024-8676, CVE-2024-1753, CVE-2025-9566, CVE-2021-20206. Whoever adds one of these adds its attacks.
      const doors = [Container.prototype, Runtime.prototype].flatMap((door) =>
        Object.getOwnPropertyNames(door),
      );
      expect(doors.filter((name) => /checkpoint|restore|build|kube|play|generate/i.test(name))).toEqual([]);
      const commands = readFileSync(new URL('../../src/cli/program.ts', import.meta.url), 'utf8');
      const named = [...commands.matchAll(/name: '([\w-]+)'/g)].map(([, name = '']) => name);
      expect(named).toContain('run');
      // The two are refused by their names: cli/commands/checkpoint.ts.
      expect(named.filter((name) => /^(checkpoint|restore|build|kube|play|generate)$/.test(name))).toEqual([
        'checkpoint',
        'restore',
      ]);
      await expect(runtime.createNetwork({ name: '../../escape' })).rejects.toThrow('escape');
    }),
  );
});
