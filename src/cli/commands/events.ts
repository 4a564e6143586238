import { once } from 'node:events';
import type { EventFilters, LibpodEvent } from '../../index.js';
import { splitOnce, type PodmanCommand } from '../command.js';
import { UsageError } from '../errors.js';
import { parseGoDuration, parseMoment } from '../flags/time.js';
import { collect } from '../flags/values.js';
import { endWithReader } from '../output/end-with-reader.js';
import { compileTemplate } from '../output/template.js';
import { withRuntime } from '../runtime.js';

interface EventsFlags {
  readonly filter?: readonly string[];
  readonly format?: string;
  readonly since?: string;
  readonly until?: string;
  /** False for --stream=false. */
  readonly stream?: boolean;
}

/** The fields of an event: podman-events(1), --format. */
function fieldsOf(event: LibpodEvent) {
  return {
    Attributes: event.attributes,
    ContainerExitCode: event.exitCode ?? 0,
    HealthStatus: event.healthStatus ?? '',
    ID: event.id,
    Image: event.image ?? '',
    Name: event.name,
    Network: '',
    PodID: event.pod ?? '',
    Status: event.status,
    Time: timeText(event),
    Type: event.type,
  };
}

/** RFC 3339 with nanoseconds, in UTC. */
function timeText({ timeNs, time }: LibpodEvent): string {
  return `${time.toISOString().slice(0, 19)}.${String(timeNs % 1_000_000_000n).padStart(9, '0')}Z`;
}

/** podman's JSON: what is empty is left out. */
function jsonText(event: LibpodEvent): string {
  const { Attributes, ContainerExitCode, HealthStatus, ID, Image, Name, PodID, Status, Time, Type } =
    fieldsOf(event);
  return JSON.stringify({
    ...(ContainerExitCode !== 0 && { ContainerExitCode }),
    ...(ID !== '' && { ID }),
    ...(Image !== '' && { Image }),
    ...(Name !== '' && { Name }),
    Status,
    Time,
    Type,
    ...(HealthStatus !== '' && { health_status: HealthStatus }),
    ...(PodID !== '' && { PodID }),
    ...(Object.keys(Attributes).length > 0 && { Attributes }),
  });
}

/** Control characters of a name or a label would tear the line, or worse, speak to the terminal. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  return text.replaceAll(/[\u0000-\u001f\u007f]/g, ' ');
}

/** The line of podman's default format. */
export function eventText(event: LibpodEvent, truncate: boolean): string {
  const { type, status, image, name, pod, healthStatus, attributes } = event;
  const id = truncate ? event.id.slice(0, 12) : event.id;
  // As Go prints a time: without trailing zeros.
  const time = timeText(event)
    .replace('T', ' ')
    .replace(/\.?0*Z$/, '');
  const head = [`${time} +0000 UTC`, type, status];
  if (type === 'system') return printable([...head, ...(name === '' ? [] : [name])].join(' '));
  if (type === 'volume') return printable([...head, name].join(' '));
  if (type === 'image') return printable([...head, id, name].join(' '));
  const facts = [
    `image=${image ?? ''}`,
    `name=${name}`,
    ...(pod === undefined ? [] : [`pod_id=${pod}`]),
    ...(healthStatus === undefined ? [] : [`health_status=${healthStatus}`]),
    ...Object.entries(attributes).map(([key, value]) => `${key}=${value}`),
  ];
  return printable([...head, id, `(${facts.join(', ')})`].join(' '));
}

function parseEventFilters(words: readonly string[]): EventFilters {
  const filters = Object.create(null) as Record<string, string[]>;
  for (const word of words) {
    const [name, value] = splitOnce(word, '=');
    if (value === undefined) throw new UsageError(`invalid filter ${JSON.stringify(word)}: write NAME=VALUE`);
    (filters[name] ??= []).push(value);
  }
  return filters;
}

/** How each event is printed. */
function formatOf(flags: EventsFlags, truncate: boolean): (event: LibpodEvent) => string {
  if (flags.format === 'json') return jsonText;
  if (flags.format === undefined) return (event) => eventText(event, truncate);
  const format = compileTemplate(flags.format);
  return (event) => format(fieldsOf(event));
}

/** A moment of --until: a duration lies ahead, as podman has it. */
function untilOf(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const moment = parseMoment('until', text);
  const duration = /[a-zµ]$/.test(text) && !/[TZ]/.test(text);
  return duration ? new Date(Date.now() + parseGoDuration(text)) : moment;
}

/** `events`: podman-events(1). */
export function define(command: PodmanCommand): void {
  command
    .usage('[options]')
    .option(
      '-f, --filter <name=value>',
      'only those of a container, event, image, label, pod, type or volume',
      collect,
    )
    .option('--format <format>', 'json, or a template')
    .option('--no-trunc', 'do not truncate the output (default true)')
    .option('--since <moment>', 'show all events since')
    .option('--stream', 'wait for new events; --stream=false does not (default true)')
    .option('--until <moment>', 'show all events until')
    .action(async () => {
      const flags = command.opts<EventsFlags>();
      // podman has --no-trunc on: only --no-trunc=false truncates.
      const truncate =
        command.getOptionValue('trunc') === true && command.getOptionValueSource('trunc') !== 'default';
      const show = formatOf(flags, truncate);
      const options = {
        follow: flags.stream !== false,
        since: flags.since === undefined ? undefined : parseMoment('since', flags.since),
        until: untilOf(flags.until),
        filters: parseEventFilters(flags.filter ?? []),
      };
      if (options.follow) endWithReader();
      await withRuntime(command, async (runtime) => {
        for await (const event of runtime.events(options)) {
          if (!process.stdout.write(`${show(event)}\n`)) await once(process.stdout, 'drain');
        }
      });
    });
}
