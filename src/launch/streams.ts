import type { User } from '../oci/runtime-spec.js';
import { hostId, type IdMaps } from './id-maps.js';
import type { ProgramBuilder } from './program.js';
import {
  LEFT_FREE,
  type JoinedProcess,
  type LaunchRequest,
  type LogRequest,
  type PreservedDescriptors,
} from './request.js';

/** The numbers of native/monitor/log_format.h. */
const FORMATS: Readonly<Record<LogRequest['format'], number>> = { 'k8s-file': 0, 'json-file': 1 };

/** Where the container's output goes. */
export function compileLog(builder: ProgramBuilder, { log }: LaunchRequest): void {
  if (log === undefined) return;
  const { path, format, maxSize, maxFiles, attributes } = log;
  builder.add(
    'prepare',
    {
      op: 'log',
      path,
      format: FORMATS[format],
      maxSize: BigInt(maxSize),
      maxFiles,
      attributes: Buffer.from(attributes),
    },
    `open the log ${path}`,
  );
}

/** Where streams come from, if not from pipes that the monitor makes. */
interface ForeignStreams {
  readonly passthrough?: JoinedProcess | undefined;
  readonly consoleSocket?: string | undefined;
  readonly preserve?: PreservedDescriptors | undefined;
}

/** Streams of others. Answers whether the standard streams are among them. */
export function compileForeignStreams(
  builder: ProgramBuilder,
  { passthrough, consoleSocket, preserve }: ForeignStreams,
  stdin: boolean,
): boolean {
  if (preserve !== undefined) {
    const { pid, startTicks, descriptors } = preserve;
    builder.add(
      'prepare',
      { op: 'preserve', pid, startTicks, descriptors: [...descriptors] },
      `take the descriptors ${descriptors.filter((one) => one !== LEFT_FREE).join(', ')} of process ${pid}`,
    );
  }
  if (consoleSocket !== undefined) {
    builder.add(
      'prepare',
      { op: 'console-socket', path: consoleSocket },
      `connect to the console socket ${consoleSocket}`,
    );
    return true;
  }
  if (passthrough === undefined) return false;
  const { pid, startTicks } = passthrough;
  builder.add(
    'prepare',
    { op: 'passthrough', pid, startTicks, stdin: stdin ? 1 : 0 },
    `take the standard streams of process ${pid}`,
  );
  return true;
}

/** The container's standard streams. */
export function compileStdio(builder: ProgramBuilder, request: LaunchRequest, idMaps?: IdMaps): void {
  const { terminal, user } = request.spec.process;
  const stdin = request.stdin ? 1 : 0;
  if (compileForeignStreams(builder, request, request.stdin)) return;
  builder.add(
    'prepare',
    {
      op: 'stdio',
      terminal: terminal === true ? 1 : 0,
      stdin,
      once: request.stdinOnce ? 1 : 0,
      ...streamOwner(user, terminal, idMaps),
    },
    'make the standard streams',
  );
}

/** Pipes are given away by the monitor, a terminal by the container's child, each by the IDs that it sees. */
export function streamOwner(
  { uid, gid }: Pick<User, 'uid' | 'gid'>,
  terminal: boolean | undefined,
  idMaps: IdMaps | undefined,
): { readonly uid: number; readonly gid: number } {
  if (terminal === true || idMaps === undefined) return { uid, gid };
  return {
    uid: hostId(idMaps.uid, uid, 'process.user.uid'),
    gid: hostId(idMaps.gid, gid, 'process.user.gid'),
  };
}
