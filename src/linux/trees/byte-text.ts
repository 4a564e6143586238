/**
 * Paths of Linux are bytes, of no encoding. Where all of them must come through, a path is a string with one character
 * for each byte (latin1); these turn a person's text into one, and back.
 */
export function bytesOfText(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The text of a path's bytes, for a person: what is no UTF-8 is replaced. */
export function textOfBytes(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
