import type { Mount } from './runtime-spec.js';

/** Whether a mount binds what is there already: config.md, "Mounts". By its options too, whatever its type says. */
export function isBindMount({ type, options }: Mount): boolean {
  return type === 'bind' || options?.some((option) => option === 'bind' || option === 'rbind') === true;
}
