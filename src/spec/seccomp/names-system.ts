/** A process's own memory. */
export const MEMORY = [
  'brk',
  'get_mempolicy',
  'madvise',
  'mbind',
  'mincore',
  'mlock',
  'mlock2',
  'mlockall',
  'mmap',
  'mmap2',
  'mprotect',
  'mremap',
  'msync',
  'munlock',
  'munlockall',
  'munmap',
  'pkey_alloc',
  'pkey_free',
  'pkey_mprotect',
  'remap_file_pages',
  'set_mempolicy',
] as const;

/**
 * System V and POSIX communication: sysvipc(7), mq_overview(7). They see the container's IPC namespace alone.
 */
export const INTERPROCESS = [
  'ipc',
  'mq_getsetattr',
  'mq_notify',
  'mq_open',
  'mq_timedreceive',
  'mq_timedreceive_time64',
  'mq_timedsend',
  'mq_timedsend_time64',
  'mq_unlink',
  'msgctl',
  'msgget',
  'msgrcv',
  'msgsnd',
  'semctl',
  'semget',
  'semop',
  'semtimedop',
  'semtimedop_time64',
  'shmat',
  'shmctl',
  'shmdt',
  'shmget',
] as const;

/**
 * Clocks and timers. Those that set the machine's clock are in rules-capabilities.ts; adjtimex and its kin
 * check for themselves.
 */
export const TIME = [
  'adjtimex',
  'alarm',
  'clock_adjtime',
  'clock_adjtime64',
  'clock_getres',
  'clock_getres_time64',
  'clock_gettime',
  'clock_gettime64',
  'clock_nanosleep',
  'clock_nanosleep_time64',
  'getitimer',
  'gettimeofday',
  'nanosleep',
  'setitimer',
  'time',
  'timer_create',
  'timer_delete',
  'timer_getoverrun',
  'timer_gettime',
  'timer_gettime64',
  'timer_settime',
  'timer_settime64',
] as const;

/**
 * The machine: to ask about it harms nobody, reboot ends no more than its PID namespace, and syslog asks for
 * CAP_SYSLOG. Keys are absent, keyctl too, which containers-common lets pass: no namespace divides them
 * (docs/decisions/0012-seccomp-profiles.md).
 */
export const MACHINE = ['getrandom', 'reboot', 'syscall', 'sysinfo', 'syslog', 'uname'] as const;
