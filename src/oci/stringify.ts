import type { RuntimeSpec } from './runtime-spec.js';

/**
 * The text of a config.json for a runtime of another make.
 *
 * JSON.stringify alone writes RLIM_INFINITY as 18446744073709552000, which does not fit the 64 bits into
 * which others read it. A quote without a backslash before it ends a JSON string, so the pattern cannot match
 * inside a value.
 */
export function stringifyRuntimeSpec(spec: RuntimeSpec): string {
  return JSON.stringify(spec).replace(
    /(?<!\\)"(soft|hard|value|valueTwo)":18446744073709552000(?=[,}])/g,
    '"$1":18446744073709551615',
  );
}
