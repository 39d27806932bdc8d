import { parse } from 'node:path'

/**
 * What the name of an instance is made of. It stands in the names of files, from which it is read back, so that it has no
 * hyphen.
 */
const NAME = /^[A-Za-z0-9_]{1,32}$/

/** In words. */
export const INSTANCE_EXPECTED = 'Expected 1 to 32 letters, digits and _'

/** Whether this can be the name of one of several servers with the same configuration. */
export function isInstanceName(text: string): boolean {
  return NAME.test(text)
}

/**
 * The path that an instance has in place of one that the configuration gives, with its name before the ending, as in
 * `access-2.log`; it lies in the same folder, and patterns such as `*.log` find it. Devices are for all.
 */
export function instancePath(path: string, instance: string | undefined): string {
  if (instance === undefined || path.startsWith('/dev/')) return path
  const { dir, name, ext } = parse(path)
  return `${dir === '/' ? '' : dir}/${name}-${instance}${ext}`
}

/** The instance whose path this is in place of another; undefined where it is nobody's. */
export function instanceAt(path: string, plain: string): string | undefined {
  const { name } = parse(path)
  const instance = name.slice(name.lastIndexOf('-') + 1)
  return isInstanceName(instance) && instancePath(plain, instance) === path ? instance : undefined
}
