// The primitives for namespaces beside the bare system calls (bench/process-floor.c), nsenter(1) and lsns(8).
//
//   node bench/namespaces.mjs [--count N] [--processes N]
//
// One JSON line for each row: p50 in microseconds. `over` is ours less the floor's; the hop to a thread and back, which both
// pay their own way, is a row of its own. The lists are with that many processes more on the machine.
import { closeSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createNamespace, inside, listNamespaces, Namespace, namespaceMembers } from '../dist/linux.js';
import { floor, row, sleepers, timed, timedInTurns, timedProgram } from './primitives.mjs';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '1000' }, processes: { type: 'string', default: '1000' } },
});
const count = Number(values.count);
const print = (/** @type {object} */ line) => console.log(JSON.stringify(line));

const there = await sleepers(Number(values.processes));
try {
  const least = floor(there.pid, count);
  const { pid, net } = there;
  const file = '/proc/thread-self/net/dev';
  print(
    row(
      'open a namespace of a process, identify, close',
      await timed(count, () => Namespace.ofProcess(pid, 'net')[Symbol.dispose]()),
      least.openNamespace,
    ),
  );
  const [hop = NaN, opened = NaN, pool] = await timedInTurns(
    count,
    () => inside().hostname(),
    async () => closeSync(await inside(net).open(file)),
    () => access('/'),
  );
  const peer = { peer: 'access of node:fs/promises', time: pool };
  print(row('hop: a thread that does nothing inside', hop, least.threadHop, peer));
  const nsenter = await timedProgram(Math.ceil(count / 20), ['nsenter', `--net=/proc/${pid}/ns/net`, 'true']);
  print(
    row('enter a network namespace, open a file', opened, least.enterAndOpenOnThread, {
      peer: 'nsenter',
      time: nsenter,
    }),
  );
  print(row('the same without either’s hop', opened - hop, least.enterAndOpenOnThread - least.threadHop));
  const few = Math.ceil(count / 10);
  /** @type {Record<string, number | undefined>} Those that a thread makes; the helper makes the others. */
  const made = { net: least.makeNet, uts: least.makeUts, mnt: least.makeMnt };
  for (const type of /** @type {const} */ (['net', 'uts', 'mnt', 'user', 'pid'])) {
    const ours = await timed(few, async () => (await createNamespace(type))[Symbol.dispose]());
    print(row(`make a namespace: ${type}`, ours, made[type]));
  }
  const user = await createNamespace('user');
  const helped = await timed(few, () => inside(user).hostname());
  print(row('an operation inside a user namespace, by the helper', helped, undefined));
  user[Symbol.dispose]();
  const lsns = await timedProgram(5, ['lsns', '--noheadings']);
  print(
    row('list all namespaces', await timed(60, () => listNamespaces()), least.listNamespaces, {
      peer: 'lsns',
      time: lsns,
    }),
  );
  print(row('members of one', await timed(60, () => namespaceMembers(net)), least.listNamespaces));
} finally {
  await there[Symbol.asyncDispose]();
}
