import path from 'node:path';
import { hierarchyOf, type CgroupHierarchy } from '../../base/cgroup-hierarchy.js';
import { LibpodError } from '../../base/errors.js';
import { invalid } from '../kernel-error.js';
import { checkText } from '../place.js';

/** What version 1 calls a controller. */
const V1_NAMES: Readonly<Partial<Record<string, string>>> = { io: 'blkio' };

/** Where a cgroup is: one path in some hierarchies. */
export class CgroupPlace {
  readonly path: string;
  readonly hierarchies: readonly CgroupHierarchy[];

  /** @throws LibpodError ERR_INVALID_ARGUMENT for a path that is not absolute and normal */
  constructor(cgroupPath: string, hierarchies: readonly CgroupHierarchy[]) {
    checkText('the path of a cgroup', cgroupPath);
    if (!path.isAbsolute(cgroupPath) || path.normalize(cgroupPath) !== cgroupPath || cgroupPath.endsWith('/'))
      throw invalid(
        `the path of a cgroup must be absolute, without . and .., and not the root, not ${JSON.stringify(cgroupPath)}`,
      );
    this.path = cgroupPath;
    this.hierarchies = hierarchies;
  }

  /** Its directory in a hierarchy. */
  in(hierarchy: CgroupHierarchy): string {
    return hierarchy.mountpoint + this.path;
  }

  /** The hierarchy of a controller, by either version's name of it. */
  of(controller: string): CgroupHierarchy | undefined {
    const other = V1_NAMES[controller];
    return (
      hierarchyOf(this.hierarchies, controller) ??
      (other === undefined ? undefined : hierarchyOf(this.hierarchies, other))
    );
  }

  directory(controller: string): string | undefined {
    const hierarchy = this.of(controller);
    return hierarchy === undefined ? undefined : this.in(hierarchy);
  }

  /** The hierarchy of version 2, whatever controllers it has. */
  get unified(): CgroupHierarchy | undefined {
    return this.hierarchies.find(({ version }) => version === 2);
  }

  get unifiedDirectory(): string | undefined {
    return this.unified === undefined ? undefined : this.in(this.unified);
  }

  get directories(): string[] {
    return this.hierarchies.map((hierarchy) => this.in(hierarchy));
  }
}

/** The error of a controller that no hierarchy has. */
export function missingController(controller: string): LibpodError {
  return new LibpodError('ERR_UNSUPPORTED', `this machine has no cgroup controller ${controller}`);
}
