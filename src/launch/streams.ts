import type { User } from '../oci/runtime-spec.js';
import { hostId, type IdMaps } from './id-maps.js';
import type { ProgramBuilder } from './program.js';
import type { LaunchRequest, LogRequest } from './request.js';

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

/** The container's standard streams. */
export function compileStdio(builder: ProgramBuilder, request: LaunchRequest, idMaps?: IdMaps): void {
  const { terminal, user } = request.spec.process;
  const stdin = request.stdin ? 1 : 0;
  if (request.passthrough !== undefined) {
    const { pid, startTicks } = request.passthrough;
    builder.add(
      'prepare',
      { op: 'passthrough', pid, startTicks, stdin },
      `take the standard streams of process ${pid}`,
    );
    return;
  }
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
