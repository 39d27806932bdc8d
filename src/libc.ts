/** Node's foreign functions; undefined where this Node lacks them. */
export const ffi = withoutWarning(() => process.getBuiltinModule('node:ffi'))

/**
 * The few calls of the C library that Node has no way of its own to make, by their names in section 2 and 3 of the
 * manual; undefined where there are no foreign functions, and then the caller does without.
 */
export const libc = ffi?.dlopen(null, {
  accept4: { return: 'i32', arguments: ['i32', 'buffer', 'buffer', 'i32'] },
  connect: { return: 'i32', arguments: ['i32', 'buffer', 'u32'] },
  getsockopt: { return: 'i32', arguments: ['i32', 'i32', 'i32', 'buffer', 'buffer'] },
  getsockname: { return: 'i32', arguments: ['i32', 'buffer', 'buffer'] },
  getxattr: { return: 'i64', arguments: ['buffer', 'buffer', 'buffer', 'u64'] },
  malloc_trim: { return: 'i32', arguments: ['u64'] },
  prctl: { return: 'i32', arguments: ['i32', 'u64', 'u64', 'u64', 'u64'] },
  pthread_sigmask: { return: 'i32', arguments: ['i32', 'buffer', 'pointer'] },
  sendfile: { return: 'i64', arguments: ['i32', 'i32', 'buffer', 'u64'] },
  setsockopt: { return: 'i32', arguments: ['i32', 'i32', 'i32', 'buffer', 'u32'] },
  setxattr: { return: 'i32', arguments: ['buffer', 'buffer', 'buffer', 'u64', 'i32'] },
  shutdown: { return: 'i32', arguments: ['i32', 'i32'] },
  socket: { return: 'i32', arguments: ['i32', 'i32', 'i32'] },
  /** With the arguments that openat2(2) has: its number, then those of the call. */
  syscall: { return: 'i64', arguments: ['i64', 'i32', 'buffer', 'buffer', 'u64'] },
}).functions

/** The module is experimental, which Node tells whoever first loads it; an administrator need not know. */
function withoutWarning<Value>(action: () => Value): Value {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return action()
  } finally {
    process.emitWarning = emitWarning
  }
}
