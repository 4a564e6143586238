import { spawn } from 'node:child_process';
import { LibpodError } from '../base/errors.js';
import type { Hook, RuntimeSpec } from '../oci/runtime-spec.js';
import { HOOK_STATUS, OCI_VERSION, type OciState } from '../oci/state.js';
import type { ContainerRecord } from './state-directory.js';

/** The hooks that no launch program runs, as nobody stays who would. */
type LateHook = 'poststart' | 'poststop';

/** The longest delay of setTimeout: 2^31 - 1 milliseconds. */
const FOR_EVER_MS = 0x7fff_ffff;

/** The last of what a hook says, for the error. */
const MOST_WORDS = 1024;

async function runHook(hook: Hook, input: string, what: string): Promise<void> {
  const [name = hook.path, ...rest] = hook.args ?? [];
  const environment = Object.fromEntries(
    (hook.env ?? []).map((entry) => {
      const at = entry.indexOf('=');
      return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
  const child = spawn(hook.path, rest, {
    argv0: name,
    env: environment,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let words = '';
  child.stderr
    .setEncoding('utf8')
    .on('data', (piece: string) => (words = (words + piece).slice(-MOST_WORDS)));
  // One that does not read its input is fine.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  let timedOut = false;
  const limit = Math.min((hook.timeout ?? 0) * 1000 || FOR_EVER_MS, FOR_EVER_MS);
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, limit);
  const how = await new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) =>
      resolve(
        code === 0 ? undefined : code === null ? `it was killed by ${signal}` : `it ended with ${code}`,
      ),
    );
  });
  clearTimeout(timer);
  // What it left in the background may hold its stderr.
  child.stderr.destroy();
  if (how === undefined) return;
  const told = timedOut ? `it took longer than ${hook.timeout} seconds` : how;
  // Its own words, on one line.
  const own = words.trim().replace(/[^\x20-\x7e\xa0-\uffff]+/g, ' ');
  throw new LibpodError('ERR_HOOK', `cannot ${what}: ${told}${own === '' ? '' : `: ${own}`}`);
}

/**
 * Runs the hooks of a kind, one after the other, with the container's state on their stdin.
 *
 * @param failed what to do about one that fails with ERR_HOOK; the others follow unless it throws
 */
export async function runLateHooks(
  point: LateHook,
  spec: RuntimeSpec,
  record: ContainerRecord,
  failed: (error: unknown) => void,
): Promise<void> {
  const hooks = spec.hooks?.[point] ?? [];
  if (hooks.length === 0) return;
  const status = HOOK_STATUS[point];
  const state: OciState = {
    ociVersion: OCI_VERSION,
    id: record.id,
    status,
    ...(status === 'stopped' ? {} : { pid: record.pid }),
    bundle: record.bundle,
    annotations: record.annotations,
  };
  const input = JSON.stringify(state);
  for (const [index, hook] of hooks.entries())
    await runHook(hook, input, `run the ${point} hook ${hook.path} (hooks.${point}[${index}])`).catch(failed);
}
