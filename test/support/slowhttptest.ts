import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** By name, the slow attacks of slowhttptest(1) with what it wants to know for each. */
export const SLOW_ATTACKS = {
  'slow headers': ['-H', '-i', '2', '-x', '24'],
  'slow body': ['-B', '-i', '2', '-s', '8192', '-x', '10'],
  'slow read': ['-X', '-w', '10', '-y', '20', '-n', '1', '-z', '32'],
  'range attack': ['-R', '-t', 'GET', '-a', '5', '-b', '1000'],
} as const satisfies Record<string, readonly string[]>

export type SlowAttack = keyof typeof SLOW_ATTACKS

/** Why no attack can be made; false when slowhttptest is there. */
export const SKIP_SLOW_ATTACKS: string | false =
  spawnSync('slowhttptest', ['-h']).error === undefined ? false : 'slowhttptest is not installed'

/** What slowhttptest has to say of an attack, second by second. */
export interface Verdict {
  /** Seconds it looked at the server, and seconds in which the server answered it. */
  readonly seconds: number
  readonly available: number
  /** The most connections it had open at a time. */
  readonly connected: number
}

/**
 * Attacks with a thousand connections for so many seconds.
 *
 * @param url What is asked for, by the attackers and by the probe of slowhttptest itself.
 */
export async function attackSlowly(attack: SlowAttack, url: string, seconds: number): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), 'slowhttptest-'))
  const report = join(folder, 'report')
  const load = ['-c', '1000', '-r', '200', '-l', String(seconds), '-p', '5', '-u', url, '-g', '-o', report]
  const child = spawn('slowhttptest', [...SLOW_ATTACKS[attack], ...load], { stdio: 'ignore' })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const limit = setTimeout(kill, (seconds + 20) * 1000)
  try {
    await new Promise<void>((resolve, reject) => child.once('error', reject).once('close', () => resolve()))
    return readVerdict(readFileSync(`${report}.csv`, 'latin1'))
  } finally {
    clearTimeout(limit)
    process.off('exit', kill)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Reads `Seconds,Closed,Pending,Connected,Service Available`, the last of which is 0 when it is not. */
function readVerdict(report: string): Verdict {
  const [, ...rows] = report.trim().split('\n')
  const seconds = rows.map(row => row.split(',').map(Number))
  return {
    seconds: seconds.length,
    available: seconds.filter(([, , , , available = 0]) => available > 0).length,
    connected: Math.max(...seconds.map(([, , , connected = 0]) => connected)),
  }
}
