/** A text of a container's or an image's for people: control characters would tear it, or worse, speak to the terminal. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}
