import { Accounts } from '../../src/access/accounts.ts'
import { CheckQueue } from '../../src/access/check-queue.ts'
import type { Checker } from '../../src/access/checker.ts'
import { verifyPassword } from '../../src/access/verify-password.ts'

/** Compares passwords in this very process, at once. */
const checkerInPlace: Checker = {
  async ask(password, hash) {
    const finding = verifyPassword(password, hash)
    if (finding === 'unsupported') throw new Error('The hash is of no kind that can be compared')
    return finding
  },
  [Symbol.dispose]() {},
}

/** Accounts without a process of their own. */
export function openAccounts(checker: Checker = checkerInPlace): Accounts {
  return new Accounts(new CheckQueue(checker, () => {}))
}
