import {
  defined,
  deviceText,
  limitText,
  wholeText,
  type IoLimit,
  type LimitCodecs,
  type LimitWrite,
} from './limits.js';
import { decodeHuge, hugeFiles, hugeText } from './hugetlb.js';
import { formatIdList, parseIdList, parseLimit, parseNested, parseNumber, type Limit } from './text.js';
import { invalid } from '../kernel-error.js';

const limitOf = (text: string | undefined): Limit | undefined =>
  text === undefined ? undefined : parseLimit(text);
const flagOf = (text: string | undefined): boolean | undefined =>
  text === undefined ? undefined : parseNumber(text) !== 0;

const IO_KEYS = {
  readBytes: 'rbps',
  writeBytes: 'wbps',
  readOperations: 'riops',
  writeOperations: 'wiops',
} as const;
type IoKey = keyof typeof IO_KEYS;
const IO_NAMES = Object.keys(IO_KEYS) as IoKey[];

/** The limits of version 2: Documentation/admin-guide/cgroup-v2.rst, "Controllers". */
export const LIMITS_V2: LimitCodecs = {
  cpu: {
    files: ['cpu.weight', 'cpu.max', 'cpu.max.burst', 'cpu.idle'],
    encode({ weight, quota, period, burst, idle }, read) {
      const writes: LimitWrite[] = [];
      if (idle !== undefined) writes.push({ file: 'cpu.idle', value: idle ? '1' : '0' });
      if (weight !== undefined)
        writes.push({ file: 'cpu.weight', value: wholeText('cpu.weight', weight, 1, 10_000) });
      if (quota !== undefined || period !== undefined) {
        // The quota comes first in the file: a period alone keeps the one that is there.
        const before = read('cpu.max')?.split(' ')[0] ?? 'max';
        const first = quota === undefined ? before : limitText('cpu.quota', quota);
        const second = period === undefined ? '' : ` ${wholeText('cpu.period', period, 1)}`;
        writes.push({ file: 'cpu.max', value: first + second });
      }
      if (burst !== undefined) writes.push({ file: 'cpu.max.burst', value: wholeText('cpu.burst', burst) });
      return writes;
    },
    decode(read) {
      const [quota, period] = read('cpu.max')?.trim().split(' ') ?? [];
      const weight = read('cpu.weight');
      const burst = read('cpu.max.burst');
      return defined({
        weight: weight === undefined ? undefined : parseNumber(weight),
        quota: limitOf(quota),
        period: period === undefined ? undefined : parseNumber(period),
        burst: burst === undefined ? undefined : parseNumber(burst),
        idle: flagOf(read('cpu.idle')),
      });
    },
  },
  cpuset: {
    files: ['cpuset.cpus', 'cpuset.mems'],
    encode: ({ cpus, mems }) => [
      ...(cpus === undefined ? [] : [{ file: 'cpuset.cpus', value: `${formatIdList(cpus)}\n` }]),
      ...(mems === undefined ? [] : [{ file: 'cpuset.mems', value: `${formatIdList(mems)}\n` }]),
    ],
    decode(read) {
      const [cpus, mems] = [read('cpuset.cpus'), read('cpuset.mems')];
      return defined({
        cpus: cpus === undefined ? undefined : parseIdList(cpus),
        mems: mems === undefined ? undefined : parseIdList(mems),
      });
    },
  },
  memory: {
    files: ['memory.max', 'memory.high', 'memory.low', 'memory.min', 'memory.swap.max', 'memory.oom.group'],
    encode({ oomGroup, oomKill, swappiness, ...limits }) {
      if (oomKill !== undefined || swappiness !== undefined)
        throw invalid('memory.oomKill and memory.swappiness are of cgroup version 1, and this is version 2');
      const writes = (['min', 'low', 'high', 'max', 'swap'] as const).flatMap((name): LimitWrite[] => {
        const value = limits[name];
        if (value === undefined) return [];
        const file = name === 'swap' ? 'memory.swap.max' : `memory.${name}`;
        return [{ file, value: limitText(`memory.${name}`, value) }];
      });
      return oomGroup === undefined
        ? writes
        : [...writes, { file: 'memory.oom.group', value: oomGroup ? '1' : '0' }];
    },
    decode: (read) =>
      defined({
        max: limitOf(read('memory.max')),
        high: limitOf(read('memory.high')),
        low: limitOf(read('memory.low')),
        min: limitOf(read('memory.min')),
        swap: limitOf(read('memory.swap.max')),
        oomGroup: flagOf(read('memory.oom.group')),
      }),
  },
  pids: {
    files: ['pids.max'],
    encode: ({ max }) => (max === undefined ? [] : [{ file: 'pids.max', value: limitText('pids.max', max) }]),
    decode: (read) => defined({ max: limitOf(read('pids.max')) }),
  },
  io: {
    files: ['io.weight', 'io.max'],
    encode({ weight, max = [] }) {
      const writes = max.map((limit): LimitWrite => {
        const pairs = IO_NAMES.flatMap((name) => {
          const value = limit[name];
          return value === undefined ? [] : [`${IO_KEYS[name]}=${limitText(`io.max ${name}`, value)}`];
        });
        return { file: 'io.max', value: [deviceText(limit.device), ...pairs].join(' ') };
      });
      return weight === undefined
        ? writes
        : [{ file: 'io.weight', value: `default ${wholeText('io.weight', weight, 1, 10_000)}` }, ...writes];
    },
    decode(read) {
      const weight = /^default (\d+)$/m.exec(read('io.weight') ?? '')?.[1];
      const max = [...parseNested(read('io.max') ?? '')].map(([device, values]): IoLimit => ({
        device,
        ...Object.fromEntries(IO_NAMES.map((name) => [name, values[IO_KEYS[name]] ?? 'max'])),
      }));
      return defined({ weight: weight === undefined ? undefined : Number(weight), max });
    },
  },
  hugetlb: {
    files: hugeFiles('max'),
    encode: (limits) =>
      Object.entries(limits).map(([size, value]) => ({
        file: `hugetlb.${hugeText(size)}.max`,
        value: limitText(`hugetlb ${size}`, value),
      })),
    decode: (read) => decodeHuge(read, 'max'),
  },
  rdma: {
    files: ['rdma.max'],
    encode: (limits) =>
      Object.entries(limits).map(([device, { handles, objects }]) => ({
        file: 'rdma.max',
        value: [
          device,
          ...(handles === undefined ? [] : [`hca_handle=${limitText('rdma handles', handles)}`]),
          ...(objects === undefined ? [] : [`hca_object=${limitText('rdma objects', objects)}`]),
        ].join(' '),
      })),
    decode: (read) =>
      Object.fromEntries(
        [...parseNested(read('rdma.max') ?? '')].map(([device, values]) => [
          device,
          defined({ handles: values['hca_handle'], objects: values['hca_object'] }),
        ]),
      ),
  },
};
