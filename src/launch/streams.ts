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
export function compileStdio(builder: ProgramBuilder, request: LaunchRequest): void {
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
      uid: user.uid,
      gid: user.gid,
    },
    'make the standard streams',
  );
}
