/** As Node calls it. */
export type Architecture = 'x64' | 'arm64'

interface Names {
  readonly debian: string
  /** Before the name of a tool of binutils that is made for this architecture alone. */
  readonly binutils: string
}

/** What we make packages for, and what others call it. */
export const ARCHITECTURES: Readonly<Record<Architecture, Names>> = {
  x64: { debian: 'amd64', binutils: 'x86_64-linux-gnu-' },
  arm64: { debian: 'arm64', binutils: 'aarch64-linux-gnu-' },
}

/** Throws an Error when there are no packages for it. */
export function requireArchitecture(name: string): Architecture {
  if (name === 'x64' || name === 'arm64') return name
  throw new Error(`Expected ${Object.keys(ARCHITECTURES).join(' or ')}, got "${name}"`)
}
