/**
 * The codes of every error that this library makes. They are stable: programs may compare them.
 *
 * Argument and lookup errors say what the caller wrote; kernel errors also carry `errno` and `syscall`.
 */
export const ERROR_CODES = {
  /** An argument or option has a wrong type, shape or value. */
  ERR_INVALID_ARGUMENT: 'an argument is wrong',
  /** A container name has characters that a name may not have. */
  ERR_INVALID_NAME: 'a name is wrong',
  /** Another container has the name. */
  ERR_NAME_IN_USE: 'a name is taken',
  /** No container has this name or ID. */
  ERR_NO_SUCH_CONTAINER: 'a container is not there',
  /** No pod has this name or ID. */
  ERR_NO_SUCH_POD: 'a pod is not there',
  /** What a container depends on is missing or depends on it in turn; or others depend on what is to be removed. */
  ERR_DEPENDENCY: 'dependencies do not allow it',
  /** A prefix of an ID fits more than one container. */
  ERR_AMBIGUOUS: 'several containers fit',
  /** The state of the container, or of a handle that was disposed, does not allow the operation. */
  ERR_INVALID_STATE: 'the state does not allow it',
  /** The container was removed. */
  ERR_REMOVED: 'the container is gone',
  /** The container has no exec session with this ID. */
  ERR_NO_SUCH_EXEC_SESSION: 'an exec session is not there',
  /** A command that was to succeed (`reject: true`) did not. */
  ERR_EXEC_FAILED: 'a command failed',
  /** A command said more than was to be kept of it. */
  ERR_OUTPUT_LIMIT: 'the output is too long',
  /** No process has this PID, or the one that was meant is gone. */
  ERR_NO_SUCH_PROCESS: 'a process is not there',
  /** The process has no namespace of this type, or what was opened is no namespace. */
  ERR_NO_SUCH_NAMESPACE: 'a namespace is not there',
  /** A root directory, bundle or mount source is missing. */
  ERR_NOT_FOUND: 'a file is missing',
  /** A root is a file, or a file a directory. */
  ERR_NOT_A_DIRECTORY: 'not a directory',
  /** An OCI runtime specification breaks its schema or itself. */
  ERR_SPEC_INVALID: 'a runtime specification is wrong',
  /** An OCI runtime specification asks for what this engine does not do. */
  ERR_SPEC_UNSUPPORTED: 'a runtime specification asks for too much',
  /** A command does not exist, in the container's root (exit status 127) or where it is searched for. */
  ERR_COMMAND_NOT_FOUND: 'a command is missing',
  /** A command exists but cannot be executed (exit status 126). */
  ERR_COMMAND_NOT_EXECUTABLE: 'a command cannot be executed',
  /** A hook of a runtime specification failed. */
  ERR_HOOK: 'a hook failed',
  /** The process lacks the privileges of root. */
  ERR_NOT_PRIVILEGED: 'root privileges are missing',
  /** The kernel, or a library opened at run time, lacks a feature. */
  ERR_UNSUPPORTED: 'a feature is absent',
  /** No network has this name. */
  ERR_NO_SUCH_NETWORK: 'a network is not there',
  /** The host has no interface of this name. */
  ERR_NO_SUCH_INTERFACE: 'a network interface is not there',
  /** The configuration of a CNI network, or one of its plugins, does not do. */
  ERR_CNI: 'a CNI plugin fails',
  /** Containers are in the network. */
  ERR_NETWORK_IN_USE: 'a network is in use',
  /** An address, or a port of the host, is somebody else's. */
  ERR_ADDRESS_IN_USE: 'an address is taken',
  /** All addresses of a network are given out. */
  ERR_NO_ADDRESS: 'no address is free',
  /** No space is left, or a quota is reached. */
  ERR_NO_SPACE: 'the disk is full',
  /** The store belongs to another run directory. */
  ERR_STORE_MISMATCH: 'the store belongs to another run directory',
  /** A tar archive is damaged, of a kind that is not understood, or names what it may not. */
  ERR_ARCHIVE: 'an archive is wrong',
  /** No image has this name or ID, here or in the registry. */
  ERR_NO_SUCH_IMAGE: 'an image is not there',
  /** A manifest, index, configuration, layer or digest of an image is wrong. */
  ERR_IMAGE_INVALID: 'an image is wrong',
  /** Containers, or other names, use the image. */
  ERR_IMAGE_IN_USE: 'an image is in use',
  /** No volume has this name. */
  ERR_NO_SUCH_VOLUME: 'a volume is not there',
  /** Containers use the volume. */
  ERR_VOLUME_IN_USE: 'a volume is in use',
  /** A registry refused the credentials, or asks for some. */
  ERR_UNAUTHORIZED: 'a registry wants other credentials',
  /** A registry cannot be reached, or answered something else than was expected. */
  ERR_REGISTRY: 'a registry failed',
  /** A record on disk cannot be read. */
  ERR_RECORD_DAMAGED: 'a record is damaged',
  /** A record on disk was written by a later version of this library. */
  ERR_RECORD_NEWER: 'a record is of a later version',
  /** Starting the container failed in the kernel. */
  ERR_LAUNCH: 'a launch failed',
  /** The monitor died or broke its protocol. */
  ERR_MONITOR: 'the monitor failed',
  /** A system call failed. */
  ERR_SYSTEM: 'a system call failed',
  /** The caller's AbortSignal fired. */
  ERR_ABORTED: 'aborted',
  /** A time limit passed. */
  ERR_TIMEOUT: 'timed out',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface LibpodErrorOptions {
  /** What led to this error. */
  readonly cause?: unknown;
  /** The kernel's answer, as a positive number of errno(3). */
  readonly errno?: number;
  /** The name of the system call that answered. */
  readonly syscall?: string;
  /** The full ID of the container concerned. */
  readonly containerId?: string;
  /** The full ID of the pod concerned. */
  readonly podId?: string;
}

/** A message has at most this many characters: two paths as long as paths can be, and their sentence. */
const LONGEST_MESSAGE = 10_000;
/** What is kept of the end of a longer one, which says what to do. */
const KEPT_OF_END = 1000;

/** Cuts a message that repeats somebody's megabyte. */
function cut(message: string): string {
  if (message.length <= LONGEST_MESSAGE) return message;
  const begin = message.slice(0, LONGEST_MESSAGE - KEPT_OF_END);
  return `${begin} [${message.length - LONGEST_MESSAGE} characters] ${message.slice(-KEPT_OF_END)}`;
}

/** Every error that this library throws on purpose. The message is one sentence for a person; the code is for programs. */
export class LibpodError extends Error {
  override readonly name = 'LibpodError';
  readonly code: ErrorCode;
  readonly errno?: number;
  readonly syscall?: string;
  readonly containerId?: string;
  readonly podId?: string;

  constructor(code: ErrorCode, message: string, options: LibpodErrorOptions = {}) {
    super(cut(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.errno !== undefined) this.errno = options.errno;
    if (options.syscall !== undefined) this.syscall = options.syscall;
    if (options.containerId !== undefined) this.containerId = options.containerId;
    if (options.podId !== undefined) this.podId = options.podId;
  }

  /** Whether a value is an error of this library, with this code if one is given. */
  static is(value: unknown, code?: ErrorCode): value is LibpodError {
    return value instanceof LibpodError && (code === undefined || value.code === code);
  }
}
