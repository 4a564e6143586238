import type { SectionName } from './instructions.js';
import type { ProgramBuilder } from './program.js';
import type { NetlinkStep } from './request.js';

/** Appends messages to the kernel to a section. */
export function addNetlink(
  builder: ProgramBuilder,
  section: SectionName,
  { origin, ...messages }: NetlinkStep,
): void {
  builder.add(section, { op: 'netlink', ...messages }, origin);
}
