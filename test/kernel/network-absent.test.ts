import { describe, expect, it } from 'vitest';
import { EngineProcess } from '../support/engine-process.js';
import { requires } from '../support/requires.js';
import { busyboxRoot } from '../support/rootfs.js';
import { guarded } from '../support/store.js';

describe.runIf(requires({ root: true, busybox: true }))('networks', () => {
  it(
    'are refused in a sentence where the kernel lets nobody change them, with nothing left',
    guarded(async (store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      await using engine = new EngineProcess(
        store,
        `const runtime = await Runtime.open(options);
         const told = [];
         const container = await runtime.createContainer({ rootfs: ${JSON.stringify(rootfs)}, overlay: true, command: ['true'], ports: [{ containerPort: 80 }], remove: false });
         try { await container.start(); } catch (error) { told.push(error.code, error.message); }
         told.push(await container.state());
         await container.remove();
         const { readdirSync } = await import('node:fs');
         told.push(readdirSync(options.runRoot, { recursive: true }).filter((name) => /networks.libpod.[0-9]/.test(name)));
         await runtime.close();
         say(told); process.exit(0);`,
        'own',
        { through: ['setpriv', '--inh-caps=-net_admin', '--bounding-set=-net_admin'] },
      );
      const [code, sentence, state, leases] = await engine.next<[string, string, string, string[]]>();
      expect(code).toBe('ERR_NOT_PRIVILEGED');
      expect(sentence).toMatch(/^cannot make the bridge libpod0 of network libpod: .*netlink: EPERM/);
      expect(state).toBe('configured');
      expect(leases).toEqual([]);
    }),
  );
});
