import type { ProgramBuilder } from './program.js';
import type { LaunchRequest } from './request.js';

/** What the plugins of its networks hold goes back, and then the namespace that they know it by. */
export function compilePlugins(builder: ProgramBuilder, { network }: LaunchRequest): void {
  const { namespace, plugins } = network ?? {};
  if (namespace === undefined || plugins === undefined) return;
  for (const { path, environment, input, timeoutMs } of plugins.calls)
    builder.add(
      'teardown',
      {
        op: 'network-plugin',
        path,
        environment: [...environment],
        input: Buffer.from(input),
        timeoutMs: BigInt(timeoutMs),
      },
      `leave a network by ${path}`,
    );
  builder.add('teardown', { op: 'network-left', at: namespace, record: plugins.record });
}
