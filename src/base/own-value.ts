/**
 * What a table has under a name that somebody gave; undefined for what every object has, such as `constructor` and `toString`.
 */
export function ownValue<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
