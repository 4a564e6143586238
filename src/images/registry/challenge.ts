/** One challenge of a WWW-Authenticate header (RFC 9110, 11.6.1). */
export interface Challenge {
  /** In lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+/;
const QUOTED = /^"((?:[^"\\]|\\.)*)"/;

/** Reads a WWW-Authenticate header; what cannot be read ends the list. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  let rest = header.trimStart();
  while (rest !== '') {
    const word = TOKEN.exec(rest)?.[0];
    if (word === undefined) break;
    rest = rest.slice(word.length);
    const last = challenges.at(-1);
    const value = /^\s*=\s*/.exec(rest);
    if (value === null) {
      challenges.push({ scheme: word.toLowerCase(), parameters: {} });
    } else {
      if (last === undefined) break;
      rest = rest.slice(value[0].length);
      const quoted = QUOTED.exec(rest);
      const plain = quoted === null ? TOKEN.exec(rest) : null;
      const read = quoted ?? plain;
      if (read === null) break;
      last.parameters[word.toLowerCase()] =
        quoted === null ? read[0] : (quoted[1] ?? '').replaceAll(/\\(.)/g, '$1');
      rest = rest.slice(read[0].length);
    }
    rest = rest.replace(/^[\s,]+/, '');
  }
  return challenges;
}
