/** Every connection is read into this buffer: each piece is copied out before the next can come. */
export const LANDING = Buffer.allocUnsafeSlow(64 * 1024)
