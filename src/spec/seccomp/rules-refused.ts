import { refuse, type Rule } from './rule.js';

/**
 * Known and refused with EPERM, so that programs report a lack of permission; whatever is in no list answers
 * ENOSYS, so that they fall back as on an old kernel. The names are those of containers-common 0.50.1.
 */
const REFUSED = [
  // Obsolete: what little uses them does without.
  'bdflush',
  'nfsservctl',
  'nice',
  'oldfstat',
  'oldlstat',
  'oldolduname',
  'oldstat',
  'olduname',
  'sgetmask',
  'ssetmask',
  'sysfs',
  'uselib',
  'ustat',
  // Change the machine.
  'kexec_file_load',
  'kexec_load',
  'swapoff',
  'swapon',
  // Touch hardware, or a processor's modes of old.
  'pciconfig_iobase',
  'pciconfig_read',
  'pciconfig_write',
  'swapcontext',
  'vm86',
  'vm86old',
  // Seldom of use in a container, and some of them steps of known kernel exploits.
  'io_pgetevents',
  'migrate_pages',
  'move_pages',
  'userfaultfd',
  'vmsplice',
];

/** The rule that refuses them. */
export function refusedRule(): Rule {
  return refuse(REFUSED);
}
