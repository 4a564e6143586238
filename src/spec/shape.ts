import { memberPath, show } from '../oci/problem.js';
import { invalid } from './invalid.js';
import { nearest } from './nearest.js';

/** Where a value is not of its shape, from the outermost name to the innermost, and the rest of the sentence. */
interface Mismatch {
  readonly at: readonly (string | number)[];
  readonly problem: string;
  /** The name of a member that its object has not. */
  readonly unknown?: { readonly key: string; readonly known: readonly string[] };
}

/**
 * What a value of an option must look like. A shape answers the first mismatch; nothing is made for a value that fits, as
 * every creation pays for the check.
 */
export type Shape = ((value: unknown) => Mismatch | undefined) & {
  /** The members of an object, by which a misplaced one is found. */
  readonly members?: Readonly<Record<string, Shape>>;
};

const within = (name: string | number, { at, ...rest }: Mismatch): Mismatch => ({
  ...rest,
  at: [name, ...at],
});

const basic =
  (type: 'string' | 'number' | 'boolean', expected: string): Shape =>
  (value) =>
    typeof value === type ? undefined : { at: [], problem: `is ${show(value)}, but must be ${expected}` };

export const text = basic('string', 'a string');
export const number = basic('number', 'a number');
export const flag = basic('boolean', 'true or false');

/** What something else looks at in detail. */
export const anything: Shape = () => undefined;

/** One of these words. */
export function oneOf(...words: readonly string[]): Shape {
  return (value) =>
    typeof value === 'string' && words.includes(value)
      ? undefined
      : {
          at: [],
          problem: `is ${show(value)}, but must be ${words.map((word) => JSON.stringify(word)).join(' or ')}`,
        };
}

/** The first of these shapes that fits; `expected` describes them all. */
export function either(expected: string, ...shapes: readonly Shape[]): Shape {
  return (value) => {
    let inner: Mismatch | undefined;
    for (const shape of shapes) {
      const mismatch = shape(value);
      if (mismatch === undefined) return undefined;
      // An object that is wrong inside was meant to be that object.
      if (mismatch.at.length > 0 || mismatch.unknown !== undefined) inner = mismatch;
    }
    return inner ?? { at: [], problem: `is ${show(value)}, but must be ${expected}` };
  };
}

/** A list whose members are all of this shape. */
export function list(member: Shape): Shape {
  return (value) => {
    if (!Array.isArray(value)) return { at: [], problem: `is ${show(value)}, but must be a list` };
    for (let index = 0; index < value.length; index++) {
      const mismatch = member(value[index]);
      if (mismatch !== undefined) return within(index, mismatch);
    }
    return undefined;
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** An object of any names, whose members are all of this shape; those that are undefined count as absent. */
export function record(member: Shape): Shape {
  return (value) => {
    if (!isObject(value)) return { at: [], problem: `is ${show(value)}, but must be an object` };
    for (const key of Object.keys(value)) {
      const mismatch = value[key] === undefined ? undefined : member(value[key]);
      if (mismatch !== undefined) return within(key, mismatch);
    }
    return undefined;
  };
}

/** Which members of a type may be left out. */
type Required<T> = { [K in keyof T]-?: undefined extends T[K] ? never : K }[keyof T];

/**
 * An object with these members and no others. The table names every member of the type, so that the compiler tells of one
 * that is new.
 *
 * @param needed the members that must be there
 */
export function object<T>(
  members: Readonly<Record<keyof T & string, Shape>>,
  ...needed: readonly (Required<T> & string)[]
): Shape {
  // Without a prototype: `constructor` is no member.
  const table: Readonly<Record<string, Shape>> = Object.assign(
    Object.create(null) as Record<string, Shape>,
    members,
  );
  const check = (value: unknown): Mismatch | undefined => {
    if (!isObject(value)) return { at: [], problem: `is ${show(value)}, but must be an object` };
    for (const key of Object.keys(value)) {
      const shape = table[key];
      if (shape === undefined) return { at: [], problem: '', unknown: { key, known: knownNear(table) } };
      const member = value[key];
      const mismatch = member === undefined ? undefined : shape(member);
      if (mismatch !== undefined) return within(key, mismatch);
    }
    const missing = needed.find((key) => value[key] === undefined);
    return missing === undefined ? undefined : { at: [], problem: `has no ${missing}, which it needs` };
  };
  return Object.assign(check, { members: table });
}

/** The members of an object, and those of the objects in it, as `resources.memory`. */
function knownNear(table: Readonly<Record<string, Shape>>): string[] {
  return Object.entries(table).flatMap(([name, { members = {} }]) => [
    name,
    ...Object.keys(members).map((member) => `${name}.${member}`),
  ]);
}

/** What was probably meant by a name: a near one, or one of an object inside. */
function suggestion(key: string, known: readonly string[]): string {
  const last = (path: string): string => path.slice(path.lastIndexOf('.') + 1);
  const own = known.filter((path) => !path.includes('.'));
  const inner = nearest(key, known.map(last));
  const meant = nearest(key, own) ?? known.find((path) => last(path) === inner);
  return meant === undefined ? 'leave it out' : `did you mean ${meant}?`;
}

/**
 * Refuses options that are not of their shape: a misspelt name, which would otherwise be ignored, and a value of another type.
 *
 * @param operation what they are options of, such as `createContainer`
 * @throws LibpodError ERR_INVALID_ARGUMENT
 */
export function requireShape(operation: string, shape: Shape, options: unknown): void {
  const mismatch = shape(options);
  if (mismatch === undefined) return;
  const { at, problem, unknown } = mismatch;
  const path = at.reduce<string>(
    (before, name) => (typeof name === 'number' ? `${before}[${name}]` : memberPath(before, name)),
    '',
  );
  if (unknown === undefined) return invalid(`${operation}: ${path === '' ? 'the options' : path} ${problem}`);
  const place = path === '' ? '' : ` of ${path}`;
  invalid(
    `${operation}: there is no option ${show(unknown.key)}${place}; ${suggestion(unknown.key, unknown.known)}`,
  );
}
