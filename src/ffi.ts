/**
 * Node's foreign functions, for the few calls of the C library that Node has no way of its own to make; undefined
 * where this Node lacks them, and then the caller does without.
 */
export const ffi = withoutWarning(() => process.getBuiltinModule('node:ffi'))

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
