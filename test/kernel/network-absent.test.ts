import { describe, expect, it } from 'vitest';
import { EngineProcess } from '../support/engine-process.js';
import { requires } from '../support/requires.js';
import { busyboxRoot } from '../support/rootfs.js';
import { guarded } from '../support/store.js';

/**
 * Runs a command under a filter by which the kernel does not speak the protocol of nftables, as one does not that was built
 * without it: seccomp(2); socket(2) of AF_NETLINK with NETLINK_NETFILTER answers EPROTONOSUPPORT.
 */
const WITHOUT_NFTABLES = `
import ctypes, errno, os, platform, struct, sys
number = {'x86_64': 41, 'aarch64': 198}[platform.machine()]
LOAD, EQUAL, RETURN, ALLOW, ERRNO = 0x20, 0x15, 0x06, 0x7fff0000, 0x00050000
program = [(LOAD, 0, 0, 0), (EQUAL, 0, 5, number), (LOAD, 0, 0, 16), (EQUAL, 0, 3, 16), (LOAD, 0, 0, 32), (EQUAL, 0, 1, 12),
           (RETURN, 0, 0, ERRNO | errno.EPROTONOSUPPORT), (RETURN, 0, 0, ALLOW)]
code = b''.join(struct.pack('HBBI', *one) for one in program)
buffer = ctypes.create_string_buffer(code)
filter = struct.pack('HxxxxxxP', len(program), ctypes.addressof(buffer))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(22, 2, ctypes.create_string_buffer(filter), 0, 0) != 0: sys.exit(os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[1], sys.argv[1:])`;

describe.runIf(requires({ root: true, busybox: true, ip: true }))('networks', () => {
  it(
    'are refused in a sentence where the kernel has no nftables, with nothing left, and all else works',
    guarded(async (store) => {
      const rootfs = busyboxRoot(store.makeDirectory('rootfs'));
      await using engine = new EngineProcess(
        store,
        `const { execFileSync } = await import('node:child_process');
         const { readdirSync } = await import('node:fs');
         const links = () => execFileSync('ip', ['-o', 'link'], { encoding: 'utf8' }).trim().split('\\n').length;
         const leases = () => readdirSync(options.runRoot, { recursive: true }).filter((name) => /networks.(home|libpod).[0-9]/.test(name));
         const told = [];
         const refused = async (work) => { try { await work(); told.push('nothing was refused'); } catch (error) { told.push(error.code + ': ' + error.message); } };
         const before = links();
         const runtime = await Runtime.open(options);
         const root = { rootfs: ${JSON.stringify(rootfs)}, overlay: true, command: ['true'] };
         const plain = await runtime.run({ ...root });
         told.push(plain.exitCode);
         await runtime.createNetwork({ name: 'home' });
         await refused(() => runtime.run({ ...root, networks: ['home'] }));
         const container = await runtime.createContainer({ ...root, networks: ['home'], ports: [{ containerPort: 80 }] });
         await refused(() => container.start());
         told.push(await container.state());
         await refused(() => container.connect('bridge').then(() => container.start()));
         await container.remove();
         await runtime.removeNetwork('home');
         told.push((await runtime.pruneNetworks()).length, leases(), links() - before, (await runtime.containers()).length);
         await runtime.close();
         say(told); process.exit(0);`,
        'own',
        { through: ['python3', '-c', WITHOUT_NFTABLES] },
      );
      const refusal =
        'ERR_UNSUPPORTED: a network needs nftables, which the kernel does not have: load the modules nf_tables, nft_nat, nft_masq and nft_fib_inet, or use the network host or none';
      expect(await engine.next()).toEqual([0, refusal, refusal, 'configured', refusal, 1, [], 0, 0]);
    }),
  );

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
      expect(sentence).toMatch(
        /^cannot let the bridge libpod0 through the firewall table libpod_\w+: .*netlink: EPERM/,
      );
      expect(state).toBe('configured');
      expect(leases).toEqual([]);
    }),
  );
});
