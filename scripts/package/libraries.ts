/** Debian's package of a library; what a version of its symbols asks of that package. */
interface Library {
  readonly package: string
  readonly versionFor?: (symbolVersion: string) => string | undefined
}

const LIBC: Library = {
  package: 'libc6',
  versionFor: version => /^GLIBC_(?<release>[\d.]+)$/.exec(version)?.groups?.['release'],
}

const LIBRARIES: readonly (readonly [name: RegExp, library: Library])[] = [
  [/^(libc|libm|libdl|libpthread|librt|ld-linux-[\w-]+)\.so\.\d$/, LIBC],
  [/^libstdc\+\+\.so\.6$/, { package: 'libstdc++6', versionFor: gccWith }],
  [/^libgcc_s\.so\.1$/, { package: 'libgcc-s1' }],
  [/^libatomic\.so\.1$/, { package: 'libatomic1' }],
]

/** The last GLIBCXX_3.4.x that each release of GCC has: its "ABI Policy and Guidelines". */
const GLIBCXX: readonly (readonly [minor: number, gcc: string])[] = [
  [21, '5'],
  [22, '6'],
  [24, '7'],
  [25, '8'],
  [28, '9'],
  [29, '11'],
  [30, '12'],
  [32, '13'],
  [33, '14'],
]

/**
 * The Debian packages that a binary needs, as in a Depends field, by what `readelf --dynamic --version-info` prints
 * of it. The oldest versions that have its symbols, whatever the machine has that builds it: unlike dpkg-shlibdeps,
 * this can also be told of a binary for another architecture.
 *
 * Throws an Error for a library, or a version of its symbols, that is not known.
 */
export function dependenciesOf(readelfOutput: string): string[] {
  const needed = new Map<string, string | undefined>()
  for (const [, name = ''] of readelfOutput.matchAll(/\(NEEDED\).*\[(.+)\]/g)) {
    const { package: owner } = libraryNamed(name)
    needed.set(owner, needed.get(owner))
  }
  let file = ''
  for (const [, kind, value = ''] of readelfOutput.matchAll(/\b(File|Name): (\S+)/g)) {
    if (kind === 'File') file = value
    // Definitions of its own come before those that it needs.
    else if (file !== '') raise(needed, libraryNamed(file), value)
  }
  return [...needed]
    .map(([owner, version]) => (version === undefined ? owner : `${owner} (>= ${version})`))
    .sort()
}

function raise(needed: Map<string, string | undefined>, library: Library, symbolVersion: string): void {
  const version = library.versionFor?.(symbolVersion)
  const known = needed.get(library.package)
  if (version !== undefined && (known === undefined || isNewer(version, known)))
    needed.set(library.package, version)
}

function libraryNamed(name: string): Library {
  const found = LIBRARIES.find(([pattern]) => pattern.test(name))?.[1]
  if (found === undefined)
    throw new Error(`Expected a library of LIBRARIES, got "${name}": add its Debian package`)
  return found
}

/** Undefined where every libstdc++ that has our other names will do. */
function gccWith(symbolVersion: string): string | undefined {
  const minor = /^GLIBCXX_3\.4\.(?<minor>\d+)$/.exec(symbolVersion)?.groups?.['minor']
  if (minor === undefined) return undefined
  const release = GLIBCXX.find(([last]) => Number(minor) <= last)
  if (release === undefined)
    throw new Error(`Expected a version of GLIBCXX, got "${symbolVersion}": add its GCC`)
  return release[1]
}

function isNewer(version: string, other: string): boolean {
  return version.localeCompare(other, 'en', { numeric: true }) > 0
}
