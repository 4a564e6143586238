import { HOOK_POINTS, type HookPoint } from '../oci/names.js';
import type { Hook } from '../oci/runtime-spec.js';
import { HOOK_STATUS, OCI_VERSION } from '../oci/state.js';
import type { Instruction, SectionName } from './instructions.js';
import type { ProgramBuilder } from './program.js';
import type { LaunchRequest } from './request.js';

/** Where the hooks of a kind stand: who runs them, and when (native/monitor/hooks.h). */
const SECTION: Readonly<Record<HookPoint, SectionName>> = {
  prestart: 'parent',
  createRuntime: 'parent',
  createContainer: 'enter',
  startContainer: 'gate',
  poststart: 'parent',
  poststop: 'teardown',
};

/** What of a launch hooks are told of. */
type HookRequest = Pick<LaunchRequest, 'spec' | 'id' | 'events' | 'bundle'>;

/** The state that a hook reads, with the place in it where the PID goes, which the monitor knows alone; 0 for nowhere. */
function stateFor(
  point: HookPoint,
  request: HookRequest,
): { readonly input: Buffer; readonly pidAt: number } {
  const status = HOOK_STATUS[point];
  const before = JSON.stringify({
    ociVersion: OCI_VERSION,
    id: request.id ?? request.events?.id,
    status,
  }).slice(0, -1);
  const after = JSON.stringify({ bundle: request.bundle ?? '', annotations: request.spec.annotations }).slice(
    1,
  );
  if (status === 'stopped') return { input: Buffer.from(`${before},${after}`), pidAt: 0 };
  const head = Buffer.from(`${before},"pid":`);
  return { input: Buffer.concat([head, Buffer.from(`,${after}`)]), pidAt: head.length };
}

/** How a hook is called in messages. */
function nameOf(point: HookPoint, index: number, { path }: Hook): string {
  return `run the ${point} hook ${path} (hooks.${point}[${index}])`;
}

/** Adds the hooks of a kind. */
export function addHooks(builder: ProgramBuilder, request: HookRequest, point: HookPoint): void {
  const hooks = request.spec.hooks?.[point] ?? [];
  if (hooks.length === 0) return;
  const { input, pidAt } = stateFor(point, request);
  hooks.forEach((hook, index) => {
    const instruction: Instruction = {
      op: 'hook',
      point: HOOK_POINTS.indexOf(point),
      path: hook.path,
      arguments: hook.args ?? [],
      environment: hook.env ?? [],
      timeoutMs: BigInt(hook.timeout ?? 0) * 1000n,
      input,
      pidAt,
    };
    builder.add(SECTION[point], instruction, nameOf(point, index, hook));
  });
}

/** Whether hooks of the runtime's namespaces run while the container is made. */
export function hasRuntimeHooks({ spec: { hooks } }: LaunchRequest): boolean {
  return (hooks?.prestart?.length ?? 0) + (hooks?.createRuntime?.length ?? 0) > 0;
}
