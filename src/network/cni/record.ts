import { readdirSync } from 'node:fs';
import path from 'node:path';
import { nodeErrorCode } from '../../base/errno.js';
import { runFileSteps, readTextFile } from '../../linux/files/files.js';
import type { PortMapping } from '../../model/config.js';
import type { CniList } from './conflist.js';
import type { PluginTarget } from './plugin.js';

/** How a container is in one network of plugins: all that CHECK and DEL need, as the list may have changed since. */
export interface CniMembership {
  readonly list: CniList;
  readonly target: PluginTarget;
  /** What `runtimeConfig` may have. */
  readonly runtime: Readonly<Record<string, unknown>>;
  /** What ADD has answered; absent while it goes on, and if it was cut short. */
  readonly result?: unknown;
}

/** What the plugins hold for a container. */
export interface CniRecord {
  readonly version: 1;
  readonly containerId: string;
  /** Where its network namespace is mounted. */
  readonly namespace: string;
  readonly ports: readonly PortMapping[];
  readonly memberships: readonly CniMembership[];
}

/**
 * The records of what plugins hold, one file for each container: written before the first ADD, and gone after the last DEL. What
 * plugins keep on disk survives a reboot, so they do too.
 */
export class CniRecords {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  file(containerId: string): string {
    return path.join(this.directory, `${containerId}.json`);
  }

  /** The IDs of the containers for which something is held. */
  ids(): string[] {
    try {
      return readdirSync(this.directory)
        .filter((name) => /^[0-9a-f]{64}\.json$/.test(name))
        .map((name) => path.basename(name, '.json'));
    } catch (error) {
      if (nodeErrorCode(error) === 'ENOENT') return [];
      throw error;
    }
  }

  read(containerId: string): CniRecord | undefined {
    const text = readTextFile(this.file(containerId));
    return text === undefined ? undefined : (JSON.parse(text) as CniRecord);
  }

  async write(record: CniRecord): Promise<void> {
    const file = this.file(record.containerId);
    await runFileSteps('record what CNI plugins hold', [
      { op: 'mkdirs', path: this.directory },
      { op: 'write', path: `${file}.new`, mode: 0o600, data: JSON.stringify(record) },
      { op: 'rename', path: `${file}.new`, to: file },
    ]);
  }

  async remove(containerId: string): Promise<void> {
    await runFileSteps('forget what CNI plugins held', [{ op: 'remove', path: this.file(containerId) }]);
  }
}
