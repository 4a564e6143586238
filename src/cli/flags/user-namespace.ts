import type { CreateOptions, NamespaceOptions } from '../../index.js';
import { readSubIds } from '../../linux.js';
import type { PodmanCommand } from '../command.js';
import { splitOnce } from '../command.js';
import { UsageError } from '../errors.js';
import { parseNamespace } from './namespaces.js';
import { collectList } from './values.js';

/** The flags of the user namespace: podman-run(1), --userns to --subgidname. */
export interface UserNamespaceFlags {
  readonly userns?: string;
  readonly uidmap?: readonly string[];
  readonly gidmap?: readonly string[];
  readonly subuidname?: string;
  readonly subgidname?: string;
}

type IdMapping = NonNullable<CreateOptions['uidMappings']>[number];
type Choice = Pick<CreateOptions, 'uidMappings' | 'gidMappings'> & {
  readonly user: NamespaceOptions['user'];
};

/** Gives a command these flags. */
export function addUserNamespaceFlags(command: PodmanCommand): void {
  command
    .option('--userns <mode>', 'user namespace: host, private, auto[:size=IDS], container:NAME or ns:PATH')
    .option('--uidmap <inside:outside:count>', 'map user IDs; a private user namespace', collectList)
    .option(
      '--gidmap <inside:outside:count>',
      'map group IDs; the same as --uidmap unless given',
      collectList,
    )
    .option('--subuidname <user>', 'map the IDs that this user has in /etc/subuid')
    .option('--subgidname <group>', 'map the IDs that this group has in /etc/subgid');
}

function parseMapping(flag: string, text: string): IdMapping {
  const match = /^(\d+):(\d+)(?::(\d+))?$/.exec(text);
  if (match === null)
    throw new UsageError(
      `--${flag} ${JSON.stringify(text)} cannot be read: write INSIDE:OUTSIDE:COUNT, such as 0:100000:65536`,
    );
  const [, inside, outside, count = '1'] = match;
  return { containerID: Number(inside), hostID: Number(outside), size: Number(count) };
}

/** All that a user, or a group, has in /etc/subuid or /etc/subgid, one range behind the other. */
function subordinate(kind: 'uid' | 'gid', name: string): IdMapping[] {
  const ranges = readSubIds(name)[kind];
  if (ranges.length === 0)
    throw new UsageError(`--sub${kind}name ${name}: /etc/sub${kind} gives no IDs to ${JSON.stringify(name)}`);
  let inside = 0;
  return ranges.map(({ start, size }) => {
    const mapping = { containerID: inside, hostID: start, size };
    inside += size;
    return mapping;
  });
}

/** What the flags of one kind of IDs say; undefined for nothing. */
function mappingsOf(kind: 'uid' | 'gid', flags: UserNamespaceFlags): IdMapping[] | undefined {
  const [maps, name] = [flags[`${kind}map`], flags[`sub${kind}name`]];
  if (maps !== undefined && name !== undefined)
    throw new UsageError(`--${kind}map and --sub${kind}name cannot be used together`);
  return name === undefined ? maps?.map((text) => parseMapping(`${kind}map`, text)) : subordinate(kind, name);
}

/** `auto`, `auto:size=65536,uidmapping=0:0:1`. */
function parseAuto(text: string): Choice {
  const [, words] = splitOnce(text, ':');
  const uidMappings: IdMapping[] = [];
  const gidMappings: IdMapping[] = [];
  let size: number | undefined;
  for (const word of words === undefined ? [] : words.split(',')) {
    const [key, value = ''] = splitOnce(word, '=');
    if (key === 'size' && /^[1-9]\d*$/.test(value)) size = Number(value);
    else if (key === 'uidmapping') uidMappings.push(parseMapping('userns', value));
    else if (key === 'gidmapping') gidMappings.push(parseMapping('userns', value));
    else
      throw new UsageError(
        `--userns ${JSON.stringify(text)}: the option ${JSON.stringify(word)} cannot be read: give size=IDS, uidmapping= or gidmapping=`,
      );
  }
  const auto = {
    size,
    ...(uidMappings.length > 0 && { uidMappings }),
    ...(gidMappings.length > 0 && { gidMappings }),
  };
  return { user: { auto } };
}

/**
 * The user namespace that the flags ask for: podman-run(1), --userns.
 *
 * @throws UsageError for what is for users without privileges, and for flags that contradict each other
 */
export function parseUserNamespace(flags: UserNamespaceFlags): Partial<Choice> {
  const { userns } = flags;
  const [uid, gid] = [mappingsOf('uid', flags), mappingsOf('gid', flags)];
  // One kind alone stands for both, as with podman.
  const [uidMappings, gidMappings] = [uid ?? gid, gid ?? uid];
  if (uidMappings !== undefined) {
    if (userns !== undefined && userns !== 'private')
      throw new UsageError(`--userns ${userns} cannot be used with IDs that are mapped; leave one out`);
    return { user: 'private', uidMappings, gidMappings };
  }
  if (userns === undefined) return {};
  if (/^(keep-id|nomap)(:|$)/.test(userns))
    throw new UsageError(`--userns ${userns} is for users without privileges; give --uidmap, auto or host`);
  if (/^auto(:|$)/.test(userns)) return parseAuto(userns);
  return { user: parseNamespace('userns', userns) };
}
