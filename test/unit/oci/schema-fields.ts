import { runtimeSpecSchema } from '../../../src/oci/schema/schema.js';

/** The parts of valibot's schemas that say what is inside. */
interface Node {
  readonly pipe?: readonly Node[];
  readonly wrapped?: Node;
  readonly item?: Node;
  readonly value?: Node;
  readonly entries?: Readonly<Record<string, Node>>;
}

function fieldsOf(node: Node, path: string): string[] {
  const inner = node.pipe?.find(({ entries, item, value }) => entries ?? item ?? value);
  if (inner !== undefined) return fieldsOf(inner, path);
  if (node.wrapped !== undefined) return fieldsOf(node.wrapped, path);
  if (node.item !== undefined) return fieldsOf(node.item, `${path}[]`);
  if (node.entries !== undefined) {
    return Object.entries(node.entries).flatMap(([name, member]) =>
      fieldsOf(member, path === '' ? name : `${path}.${name}`),
    );
  }
  return node.value !== undefined && typeof node.value === 'object'
    ? fieldsOf(node.value, `${path}.*`)
    : [path];
}

/** Every field of the schema that holds a value: `mounts[].options[]`, `linux.sysctl.*`. */
export const SCHEMA_FIELDS: readonly string[] = fieldsOf(runtimeSpecSchema as unknown as Node, '');
