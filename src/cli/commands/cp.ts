import { finished } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import type { Container, Runtime } from '../../index.js';
import type { PodmanCommand } from '../command.js';
import { parsePlaces, type CopyPlace } from '../cp/arguments.js';
import { containerSource, containerTarget } from '../cp/container.js';
import { hostSource, hostTarget } from '../cp/host.js';
import { planCopy } from '../cp/plan.js';
import { UsageError } from '../errors.js';
import { LibpodError } from '../../base/errors.js';
import { writeToStdout } from '../output/stdout.js';
import { withRuntime } from '../runtime.js';

interface CpFlags {
  readonly archive: boolean;
  readonly overwrite?: boolean;
}

/** A container by name, with podman's words where there is none. */
function containerOf(runtime: Runtime, name: string): Container {
  if (!runtime.hasContainer(name)) throw new UsageError(`container ${JSON.stringify(name)} does not exist`);
  return runtime.lookupContainer(name);
}

/** Hands an archive on; whichever side fails, the other is let go of. */
async function hand(archive: Readable, unpack: (archive: Readable) => Promise<void>): Promise<void> {
  try {
    await unpack(archive);
  } finally {
    archive.destroy();
    await finished(archive).catch(() => undefined);
  }
}

const NO_ARCHIVE = 'source must be a (compressed) tar archive when copying from stdin';

/** What is empty would count as an archive without files. */
async function* atLeastSome(archive: Readable): AsyncGenerator<Uint8Array, void, void> {
  let empty = true;
  for await (const piece of archive as AsyncIterable<Buffer>) {
    empty = false;
    yield piece;
  }
  if (empty) throw new UsageError(`${NO_ARCHIVE}: it is empty`);
}

async function copyIn(runtime: Runtime, from: string, to: CopyPlace, flags: CpFlags): Promise<void> {
  const name = to.container ?? '';
  const container = containerOf(runtime, name);
  const options = {
    owner: flags.archive ? ('container' as const) : ('archive' as const),
    overwrite: flags.overwrite,
  };
  if (from === '-') {
    const there = await containerTarget(container, name, to.path).catch(() => undefined);
    if (there?.isDirectory !== true)
      throw new UsageError('destination must be a directory when copying from stdin');
    try {
      await container.copyIn(there.path, atLeastSome(process.stdin), options);
    } catch (error) {
      if (!LibpodError.is(error, 'ERR_ARCHIVE')) throw error;
      const why = error.message.replace(/^.*cannot be used: /, '');
      throw new UsageError(`${NO_ARCHIVE}: ${why}`);
    }
    return;
  }
  const source = hostSource(from);
  const plan = planCopy(source, await containerTarget(container, name, to.path), to.path);
  const { packPath } = await import('../../index.js');
  const archive = packPath(source.path, plan.name === '' ? {} : { name: plan.name });
  await hand(archive, (stream) => container.copyIn(plan.directory, stream, options));
}

async function copyOut(runtime: Runtime, from: CopyPlace, to: string, flags: CpFlags): Promise<void> {
  const name = from.container ?? '';
  const container = containerOf(runtime, name);
  const source = await containerSource(container, name, from.path);
  if (to === '-') return writeToStdout(await container.copyOut(from.path));
  const plan = planCopy(source, hostTarget(to), to);
  const { unpackInto } = await import('../../index.js');
  const archive = await container.copyOut(source.path, { name: plan.name });
  // Files of the host belong to whoever asked for them, and its devices come from nobody's container.
  const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  const options = { owner, skipDevices: true, overwrite: flags.overwrite };
  await hand(archive, (stream) => unpackInto(plan.directory, stream, options));
}

async function copyAcross(runtime: Runtime, from: CopyPlace, to: CopyPlace, flags: CpFlags): Promise<void> {
  const [fromName, toName] = [from.container ?? '', to.container ?? ''];
  const [giving, taking] = [containerOf(runtime, fromName), containerOf(runtime, toName)];
  const source = await containerSource(giving, fromName, from.path);
  const plan = planCopy(source, await containerTarget(taking, toName, to.path), to.path);
  const archive = await giving.copyOut(source.path, { name: plan.name });
  await hand(archive, (stream) =>
    taking.copyIn(plan.directory, stream, {
      owner: flags.archive ? 'container' : 'archive',
      overwrite: flags.overwrite,
    }),
  );
}

/** `cp`: podman-cp(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options] [CONTAINER:]SRC_PATH [CONTAINER:]DEST_PATH')
    .argument('[paths...]')
    .option('-a, --archive', "give the files to the container's user (default true)", true)
    .option('--overwrite', 'let directories take the place of other files, and the reverse')
    .action(async (paths: string[]) => {
      const flags = command.opts<CpFlags>();
      const [from, to] = paths;
      if (from === undefined || to === undefined || paths.length > 2)
        throw new UsageError(`accepts 2 arg(s), received ${paths.length}`);
      const { source, target } = parsePlaces(from, to);
      await withRuntime(command, async (runtime) => {
        if (source.container && target.container) await copyAcross(runtime, source, target, flags);
        else if (source.container) await copyOut(runtime, source, target.path, flags);
        else await copyIn(runtime, source.path, target, flags);
      });
    });
}
