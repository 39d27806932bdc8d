/**
 * Makes the checkout ready to run: node_modules holds what package-lock.json names, and the pinned Node
 * starts. Prints the path of that Node, or one line that says what is in the way, with exit status 1.
 *
 * Plain JavaScript without dependencies, because any Node from 18 on must be able to run it.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * @typedef {object} LockedPackage an entry of package-lock.json
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {boolean} [optional]
 * @property {string | string[]} [os]
 * @property {string | string[]} [cpu]
 * @property {string | string[]} [libc]
 */

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const installedRecord = join(root, 'node_modules/.package-lock.json')
const pinnedPackage = `node-linux-${process.arch}`
// Not the link in .bin: some versions of npm remove it together with the package of the other processor.
const pinnedNode = join(root, 'node_modules', pinnedPackage, 'bin/node')

/** Asked first: without a network, npm install would try for minutes, package after package. */
const PING = ['ping', '--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=1000']
/** Milliseconds. */
const PING_LIMIT = 20_000

const INSTALL = [
  'install',
  // Leaves package-lock.json as it is. Not `npm ci`: it refuses a lock file written where some registry lacks
  // the packages of other platforms.
  '--no-save',
  // Whatever the user's settings and NODE_ENV leave out, and whatever Node they have.
  '--include=dev',
  '--include=optional',
  '--engine-strict=false',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
]

const UNREACHABLE = /^(ENOTFOUND|EAI_AGAIN|ECONN\w+|E\w*TIMEDOUT|E\w*TIMEOUT|E\w+UNREACH)$/

/** What an error code of npm asks of the user. */
const ADVICE = [
  {
    codes: UNREACHABLE,
    advice:
      'the npm registry does not answer: check the network and "npm config get registry", then try again',
  },
  {
    codes: /^(EACCES|EPERM|EROFS)$/,
    advice: `${root} cannot be written: run the command as the user who owns it`,
  },
  { codes: /^ENOSPC$/, advice: 'the disk is full: make room, then try again' },
]

const pinnedVersion = requirePinnedVersion()
if (findMissing() !== undefined || startPinnedNode().version !== pinnedVersion) {
  install()
}
process.stdout.write(`${pinnedNode}\n`)

/** The version of Node that package.json names for this machine. */
function requirePinnedVersion() {
  if (process.platform !== 'linux') {
    fail(`webserver runs on Linux, and this is ${process.platform}: use a Linux machine or container`)
  }
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const version = manifest.optionalDependencies[pinnedPackage]
  if (version === undefined) {
    fail(`webserver runs on x64 and arm64, and this Node is built for ${process.arch}: use such a machine`)
  }
  return `v${version}`
}

/**
 * Compares what is wanted with npm's own record of what is there, package by package, so that neither the
 * times of files nor the way they were installed matter.
 *
 * @returns {string | undefined} what is not installed, if anything
 */
function findMissing() {
  const wanted = readPackages(join(root, 'package-lock.json'))
  const installed = readPackages(installedRecord)
  const missing = Object.entries(wanted).find(
    ([path, entry]) =>
      path !== '' &&
      isNeeded(entry) &&
      !(
        installed[path]?.version === entry.version &&
        installed[path]?.integrity === entry.integrity &&
        existsSync(join(root, path, 'package.json'))
      ),
  )
  return missing && `${missing[0]} ${missing[1].version}`
}

/**
 * @param {string} lockFile
 * @returns {Record<string, LockedPackage>} by path; nothing when the file is missing or torn
 */
function readPackages(lockFile) {
  if (!existsSync(lockFile)) return {}
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}

/**
 * Of the optional packages only those made for this machine are; the others npm may leave out.
 *
 * @param {LockedPackage} entry
 */
function isNeeded({ optional, os = 'linux', cpu, libc = 'glibc' }) {
  if (!optional) return true
  return (
    [cpu].flat().includes(process.arch) && [os].flat().includes('linux') && [libc].flat().includes('glibc')
  )
}

/** @returns {{ version: string | undefined, problem: string }} */
function startPinnedNode() {
  const { stdout, stderr, error } = spawnSync(pinnedNode, ['--version'], { encoding: 'utf8' })
  return { version: stdout?.trim(), problem: error?.message ?? stderr.trim() }
}

function install() {
  if (process.stderr.isTTY) process.stderr.write('Installing what package-lock.json names\n')
  const ping = runNpm(PING, process.execPath, PING_LIMIT)
  if (UNREACHABLE.test(ping.code)) failToInstall(ping)

  // Without npm's record, or with a Node that does not start, node_modules is what an interrupted installation
  // left: none of it can be trusted. The record's absence marks this one until it is complete.
  const isWhole = existsSync(installedRecord) && startPinnedNode().version
  remove(isWhole ? installedRecord : join(root, 'node_modules'))
  installWith(process.execPath)

  const { version, problem } = startPinnedNode()
  // npm leaves out optional packages that do not suit the Node it runs on. The pinned one suits them all.
  if (version === pinnedVersion && findMissing() !== undefined) installWith(pinnedNode)

  if (version !== pinnedVersion && existsSync(pinnedNode)) {
    fail(
      `Could not start Node ${pinnedVersion}: ${problem}: it needs glibc and libatomic (apt-get install libatomic1)`,
    )
  }
  const missing = findMissing()
  if (missing !== undefined) {
    fail(
      `npm did not install ${missing}: run "npm install" to see why, and commit package-lock.json if it changes`,
    )
  }
}

/** @param {string} path */
function remove(path) {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    failToInstall({ code: String(error.code), output: error.message })
  }
}

/** @param {string} node the Node that npm runs on */
function installWith(node) {
  const result = runNpm(INSTALL, node)
  if (result.code !== '') failToInstall(result)
}

/**
 * @param {string[]} args
 * @param {string} node
 * @param {number} [limit] milliseconds, after which it has failed with ETIMEDOUT
 * @returns {{ code: string, output: string }} the code is npm's name for what went wrong; empty for nothing
 */
function runNpm(args, node, limit) {
  const npm = process.env['npm_execpath']
  const [command, first] = npm === undefined ? ['npm', []] : [node, [npm]]
  const { status, stdout, stderr, error } = spawnSync(command, [...first, ...args, '--loglevel=error'], {
    cwd: root,
    encoding: 'utf8',
    timeout: limit,
  })
  if (error !== undefined) {
    if ('code' in error && error.code === 'ETIMEDOUT') return { code: error.code, output: error.message }
    fail(`Could not run npm: ${error.message}: install Node.js together with npm`)
  }
  const code = /^npm (?:ERR!|error) code (\S+)/m.exec(stderr)?.[1] ?? `exit status ${status}`
  return { code: status === 0 ? '' : code, output: stdout + stderr }
}

/**
 * @param {{ code: string, output: string }} result
 * @returns {never}
 */
function failToInstall({ code, output }) {
  const advice = ADVICE.find(({ codes }) => codes.test(code))?.advice
  if (advice === undefined) process.stderr.write(`${output.trim()}\n`)
  fail(`Could not install what package-lock.json names (${code}): ${advice ?? 'see above'}`)
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
