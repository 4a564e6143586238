import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Container, Pod, Runtime } from '../../src/index.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const PAGE = read('docs/libpod-api.md');

/** The accessors of libpod's Container, each of which has a row. */
const ACCESSORS = `Config Spec ID Name PodID Image ImageVolumes ShmDir ShmSize StaticDir Privileged ProcessLabel MountLabel User
  Dependencies NewNetNS PortMappings DNSServers DNSSearch DNSOption HostsAdd Stdin Labels StopSignal StopTimeout CreatedTime
  CgroupParent LogPath RuntimeName Hostname State Mounted Mountpoint StartedTime FinishedTime ExitCode OOMKilled PID
  ExecSessions ExecSession IPs Routes IPAddress NamespacePath CGroupPath RootFsSize RWSize ContainerStatus.String LinuxNS.String`;

/** The fields of ContainerConfig, containerState and ExecSession. */
const FIELDS = `Spec ID Name Pod RootfsImageID RootfsImageName ImageVolumes ShmDir ShmSize StaticDir Mounts Privileged
  ProcessLabel MountLabel User IPCNsCtr MountNsCtr NetNsCtr PIDNsCtr UserNsCtr UTSNsCtr CgroupNsCtr CreateNetNS PortMappings
  DNSServer DNSSearch DNSOption HostAdd Stdin Labels StopSignal StopTimeout CreatedTime CgroupParent LogPath State ConfigPath
  RunDir Mounted Mountpoint StartedTime FinishedTime ExitCode OOMKilled PID NetNS ExecSessions IPs Routes Command`;

interface Row {
  readonly theirs: readonly string[];
  readonly ours: readonly string[];
  /** The files that prove it. */
  readonly tests: readonly string[];
}

/** The words of a cell that are code, without arguments and without the class. */
function codeIn(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) =>
    code.replace(/\(.*/, '').replace(/^(Runtime|Pod)\./, ''),
  );
}

/** What the letters of the page stand for. */
const LETTERS = new Map(
  [...PAGE.matchAll(/\b([A-Z])(?: is)?\s`(test\/[^`]+)`/g)].map(([, letter, file]) => [letter, file]),
);

function rowsOf(section: string): Row[] {
  const text = PAGE.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
  const lines = text.split('\n').filter((line) => line.startsWith('| `'));
  return lines.map((line) => {
    const [theirs, ours, tests = ''] = line.split('|').slice(1);
    const files = tests.trim().split(', ');
    return {
      theirs: codeIn(theirs),
      ours: codeIn(ours),
      tests: files.map((file) => LETTERS.get(file) ?? file.replaceAll('`', '')),
    };
  });
}

const KINDS = [Container, Runtime, Pod];

/** Whether a class has a method or an accessor, of its own or from what it extends. */
const has = (kind: { readonly prototype: object }, name: string): boolean => name in kind.prototype;

describe('docs/libpod-api.md', () => {
  it('has a row for each accessor of libpod', () => {
    const known = [...rowsOf('Configuration'), ...rowsOf('State')].flatMap(({ theirs }) => theirs);
    expect(known.sort()).toEqual(expect.arrayContaining(ACCESSORS.split(/\s+/)));
  });

  it('has a row for each field of libpod, and ours are declared', () => {
    const rows = rowsOf('Fields of the records');
    expect(rows.flatMap(({ theirs }) => theirs).sort()).toEqual(FIELDS.split(/\s+/).sort());
    const models = ['config', 'state', 'exec-session'].map((file) => read(`src/model/${file}.ts`)).join('');
    const missing = rows
      .flatMap(({ ours }) => ours)
      .filter((name) => !new RegExp(`readonly ${name}\\??:`).test(models));
    expect(missing).toEqual([]);
  });

  it.each(['Configuration', 'State', 'Verbs', 'Pods'])('names what there is: %s', (section) => {
    const declared = read('src/index.ts') + read('src/engine/options.ts');
    const missing = rowsOf(section)
      .flatMap(({ ours }) => ours)
      .filter(
        (name) => !KINDS.some((kind) => has(kind, name)) && !new RegExp(`\\b${name}\\b`).test(declared),
      );
    expect(missing).toEqual([]);
  });

  it.each(['Configuration', 'State', 'Fields of the records', 'Verbs', 'Pods'])(
    'names tests that are there, and that speak of what they prove: %s',
    (section) => {
      const wrong = rowsOf(section).flatMap(({ ours, tests }) => {
        const absent = tests.filter((file) => !existsSync(path.join(ROOT, file)));
        if (absent.length > 0) return absent.map((file) => `there is no ${file}`);
        const texts = tests.map(read).join('');
        // A field shows itself through an accessor, and a type through what has it.
        return ours
          .filter((name) => section !== 'Fields of the records' && KINDS.some((kind) => has(kind, name)))
          .filter((name) => !new RegExp(`\\b${name}\\b`).test(texts))
          .map((name) => `${name} is not in ${tests.join(', ')}`);
      });
      expect(wrong).toEqual([]);
    },
  );
});
