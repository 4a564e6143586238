/** What the template of a log's tag may name: docker's words (Docker docs, "Customize log driver output"). */
export interface TagFields {
  /** The first twelve digits of the ID. */
  readonly ID: string;
  readonly FullID: string;
  readonly Name: string;
  readonly ImageName: string;
}

const ACTION = /\{\{\s*\.?(\w*)\s*\}\}/g;

/** The words in a template that are no fields of a tag. */
export function unknownTagFields(template: string): string[] {
  const known: Record<keyof TagFields, true> = { ID: true, FullID: true, Name: true, ImageName: true };
  const rest = template.replaceAll(ACTION, (action, name: string) =>
    action.includes('.') && Object.hasOwn(known, name) ? '' : `{{${action}`,
  );
  return rest.match(/\{\{[^}]*\}*/g) ?? [];
}

/** Fills a template such as `{{.Name}}/{{.ID}}`. */
export function expandTag(template: string, fields: TagFields): string {
  return template.replaceAll(ACTION, (action, name: string) =>
    Object.hasOwn(fields, name) ? fields[name as keyof TagFields] : action,
  );
}
