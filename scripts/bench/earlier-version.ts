import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

/** Another commit of this repository, checked out in a folder of its own and ready to run, until disposed of. */
export class EarlierVersion implements Disposable {
  readonly path: string
  /** The abbreviated name of the commit. */
  readonly commit: string

  /**
   * @param revision As git names it: gitrevisions(7).
   * @throws An Error when it names no commit, or that cannot be made ready.
   */
  constructor(revision: string) {
    using made = new DisposableStack()
    this.commit = git('rev-parse', '--short', '--verify', `${revision}^{commit}`)
    this.path = made.adopt(mkdtempSync(join(tmpdir(), 'webserver-earlier-')), remove)
    git('worktree', 'add', '--quiet', '--detach', this.path, this.commit)
    execFileSync(process.execPath, [join(this.path, 'scripts/setup.mjs')], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    made.move()
  }

  [Symbol.dispose](): void {
    remove(this.path)
  }
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true })
  git('worktree', 'prune')
}

function git(...parameters: readonly string[]): string {
  return execFileSync('git', ['-C', ROOT, ...parameters], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim()
}
