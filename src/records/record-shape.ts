import { isId } from '../base/ids.js';
import { RECORD_VERSION, type ContainerConfig } from '../model/config.js';
import type { ContainerSettings } from '../model/settings.js';
import type { ContainerState } from '../model/state.js';
import { CONTAINER_STATUSES } from '../model/status.js';
import type { RawRecord, RecordKind } from './json-file.js';

/** What a field must be: a type of JSON, or a test with the words that say what it asks for. */
type Field = 'string' | 'number' | 'boolean' | 'object' | readonly [string, (value: unknown) => boolean];

const ID: Field = ['an ID', (value) => typeof value === 'string' && isId(value)];
const ABSOLUTE: Field = ['an absolute path', (value) => typeof value === 'string' && value.startsWith('/')];
const STATUS: Field = ['a state', (value) => (CONTAINER_STATUSES as readonly unknown[]).includes(value)];
const NAME: Field = [
  'a name',
  (value) => typeof value === 'string' && /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(value),
];
const DECIMAL: Field = ['a decimal number', (value) => typeof value === 'string' && /^\d+$/.test(value)];
const SPEC: Field = [
  'a runtime specification with a command',
  (value) => {
    const args = (value as { process?: { args?: unknown } } | null)?.process?.args;
    return Array.isArray(args) && args.every((word) => typeof word === 'string');
  },
];

/**
 * Finds the first field that is missing or of another type. That is what damage looks like; whether a value makes sense
 * was checked before it was recorded.
 */
function shape(fields: Readonly<Record<string, Field>>): (record: RawRecord) => string | undefined {
  const list = Object.entries(fields);
  return (record) => {
    for (const [name, field] of list) {
      const value = record[name];
      const right = typeof field === 'string' ? typeof value === field && value !== null : field[1](value);
      if (!right) return `${name} is not ${typeof field === 'string' ? `of type ${field}` : field[0]}`;
    }
    return undefined;
  };
}

/** The configurations of containers. */
export const CONFIG_RECORD: RecordKind<ContainerConfig> = {
  version: RECORD_VERSION,
  problem: shape({
    id: ID,
    name: NAME,
    spec: SPEC,
    root: 'object',
    autoRemove: 'boolean',
    labels: 'object',
    stopSignal: 'number',
    stopTimeout: 'number',
    createdTime: 'string',
    cgroupParent: ABSOLUTE,
    cgroupPath: ABSOLUTE,
    logDriver: 'string',
    logPath: 'string',
  }),
};

/** What may change of them and survives a reboot. */
export const SETTINGS_RECORD: RecordKind<ContainerSettings> = {
  version: RECORD_VERSION,
  problem: shape({ name: NAME }),
};

/** Their states. */
export const STATE_RECORD: RecordKind<ContainerState> = {
  version: RECORD_VERSION,
  problem: shape({
    generation: 'number',
    state: STATUS,
    pid: 'number',
    startTicks: DECIMAL,
    startedTime: 'string',
    finishedTime: 'string',
    exitCode: 'number',
    signal: 'number',
    oomKilled: 'boolean',
  }),
};
