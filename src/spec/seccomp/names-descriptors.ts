/** Make, copy and control descriptors. */
export const DESCRIPTORS = [
  'close',
  'close_range',
  'dup',
  'dup2',
  'dup3',
  'fcntl',
  'fcntl64',
  'flock',
  'ioctl',
  'memfd_create',
  'memfd_secret',
  'pipe',
  'pipe2',
] as const;

/** Wait for descriptors, and those that exist to be waited for. */
export const EVENTS = [
  '_newselect',
  'epoll_create',
  'epoll_create1',
  'epoll_ctl',
  'epoll_ctl_old',
  'epoll_pwait',
  'epoll_pwait2',
  'epoll_wait',
  'epoll_wait_old',
  'eventfd',
  'eventfd2',
  'fanotify_mark',
  'inotify_add_watch',
  'inotify_init',
  'inotify_init1',
  'inotify_rm_watch',
  'poll',
  'ppoll',
  'ppoll_time64',
  'pselect6',
  'pselect6_time64',
  'select',
  'signalfd',
  'signalfd4',
  'timerfd',
  'timerfd_create',
  'timerfd_gettime',
  'timerfd_gettime64',
  'timerfd_settime',
  'timerfd_settime64',
] as const;

/**
 * The old asynchronous input and output: io_setup(2). Its successor io_uring is absent from every group: its
 * operations pass the filter by.
 */
export const ASYNCHRONOUS_IO = ['io_cancel', 'io_destroy', 'io_getevents', 'io_setup', 'io_submit'] as const;

/** Use sockets once they are made; which may be made is in rules-sockets.ts. */
export const SOCKET_USE = [
  'accept',
  'accept4',
  'bind',
  'connect',
  'getpeername',
  'getsockname',
  'getsockopt',
  'listen',
  'recv',
  'recvfrom',
  'recvmmsg',
  'recvmmsg_time64',
  'recvmsg',
  'send',
  'sendmmsg',
  'sendmsg',
  'sendto',
  'setsockopt',
  'shutdown',
  'socketcall',
  'socketpair',
] as const;
