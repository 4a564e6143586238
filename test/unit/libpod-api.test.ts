import { readFileSync } from 'node:fs';
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

/** A test that proves rows of the page. */
interface Proof {
  readonly file: string;
  readonly title: string;
}

interface Row {
  readonly theirs: readonly string[];
  readonly ours: readonly string[];
  /** The signs of the tests that prove it, wherever the row names them. */
  readonly signs: readonly string[];
}

/** The words of a cell that are code, without arguments and without the class. */
function codeIn(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) =>
    code.replace(/\(.*/, '').replace(/^(Runtime|Pod)\./, ''),
  );
}

const sectionOf = (title: string): string => PAGE.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';

/** What the signs stand for. */
const PROOFS: ReadonlyMap<string, Proof> = new Map(
  [...sectionOf('The tests').matchAll(/^\| ([A-Z]\d+) \| `([^`]+)` \| (.*) \|$/gm)].map(
    ([, sign = '', file = '', title = '']) => [sign, { file, title }],
  ),
);

function rowsOf(section: string): Row[] {
  const lines = sectionOf(section)
    .split('\n')
    .filter((line) => /^\| (?!libpod|---)/.test(line));
  return lines.map((line) => {
    const [theirs, ours] = line.split('|').slice(1);
    return {
      theirs: codeIn(theirs),
      ours: codeIn(ours),
      signs: [...line.matchAll(/\b[A-Z]\d+\b/g)].map(([sign]) => sign),
    };
  });
}

/**
 * The text of a test, or of a group of tests, from its title to the next one of its kind, with those functions of its file that
 * it uses; undefined if no test has the title.
 */
function textOf({ file, title }: Proof): string | undefined {
  const text = read(file);
  const at = text.search(new RegExp(`^.*'${title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}'`, 'm'));
  if (at < 0) return undefined;
  const rest = text.slice(at);
  const end = rest.slice(title.length).search(/\n(?:describe| {2}it)\b/);
  const body = end < 0 ? rest : rest.slice(0, end + title.length);
  const helpers = text.split(/\n(?=(?:async )?function |const )/).filter((helper) => {
    const name = /^(?:async )?(?:function|const) (\w+)/.exec(helper)?.[1];
    return name !== undefined && new RegExp(`\\b${name}\\b`).test(body);
  });
  return [body, ...helpers.map((helper) => helper.split('\ndescribe')[0])].join('\n');
}

const SECTIONS = ['Configuration', 'State', 'Fields of the records', 'Verbs', 'Pods'];

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
    const declared = ['index', 'engine/options/options', 'model/state', 'model/status']
      .map((file) => read(`src/${file}.ts`))
      .join('');
    const missing = rowsOf(section)
      .flatMap(({ ours }) => ours)
      .filter(
        (name) => !KINDS.some((kind) => has(kind, name)) && !new RegExp(`\\b${name}\\b`).test(declared),
      );
    expect(missing).toEqual([]);
  });

  it('names tests that are there, by their titles, and each of them for something', () => {
    const wrong = [...PROOFS.values()].filter((proof) => textOf(proof) === undefined);
    expect(wrong).toEqual([]);
    const used = SECTIONS.flatMap(rowsOf).flatMap(({ signs }) => signs);
    expect([...new Set(used)].sort()).toEqual([...PROOFS.keys()].sort());
  });

  it.each(SECTIONS)('has tests that use what they prove: %s', (section) => {
    const wrong = rowsOf(section).flatMap(({ ours, signs }) => {
      const texts = signs.flatMap((sign) => PROOFS.get(sign) ?? []).flatMap((proof) => textOf(proof) ?? []);
      if (texts.length === 0) return [`no test proves ${ours.join(', ')}`];
      // A field shows itself through an accessor, and a type through what has it.
      return ours
        .filter((name) => section !== 'Fields of the records' && KINDS.some((kind) => has(kind, name)))
        .filter((name) => !texts.some((text) => new RegExp(`\\b${name}\\b`).test(text)))
        .map((name) => `${name} is not in ${signs.join(', ')}`);
    });
    expect(wrong).toEqual([]);
  });
});
