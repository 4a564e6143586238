import type { Container, CreateOptions, LogEntry, Runtime } from '../../src/index.js';

/** How a container of one command ended, and what it wrote. */
export interface RunResult {
  readonly exitCode: number;
  readonly signal: number;
  readonly oomKilled: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** The bytes of one stream of a log, as they were written. */
export function bytesOf(entries: readonly LogEntry[], stream: 'stdout' | 'stderr'): Buffer {
  return Buffer.concat(
    entries
      .filter((entry) => entry.stream === stream)
      .flatMap(({ data, partial }) => (partial ? [data] : [data, Buffer.from('\n')])),
  );
}

/** All entries of a container's log. */
export async function logOf(container: Container): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const entry of container.logs()) entries.push(entry);
  return entries;
}

/** Creates, starts, waits for and removes a container in the composed host root unless told otherwise. */
export async function run(
  runtime: Runtime,
  command: readonly string[],
  options: CreateOptions = {},
): Promise<RunResult> {
  const root = options.rootfs === undefined && options.bundle === undefined ? { hostRoot: true } : {};
  const container = await runtime.createContainer({ ...root, command, ...options });
  try {
    await container.start();
    const result = await container.wait();
    const entries = await logOf(container);
    return {
      ...result,
      stdout: bytesOf(entries, 'stdout').toString(),
      stderr: bytesOf(entries, 'stderr').toString(),
    };
  } finally {
    await container.remove({ force: true, timeout: 0 });
  }
}

/** The same for a line of shell. */
export function shell(runtime: Runtime, script: string, options: CreateOptions = {}): Promise<RunResult> {
  return run(runtime, ['sh', '-c', script], options);
}
