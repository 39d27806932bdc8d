/** Every connection is read into this buffer: each piece is copied out before the next can come. */
export const LANDING = Buffer.allocUnsafeSlow(64 * 1024)

/** What a handle reads at the end: UV_EOF of libuv. */
export const END_OF_FILE = -4095
