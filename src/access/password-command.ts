import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { hashSync } from 'bcryptjs'
import { EditedFile, EditFailure } from '../edited-file.ts'
import { printable } from '../text/terminal.ts'
import { objectionToPassword, objectionToUser, withEntry } from './password-entries.ts'
import { readPasswordFile } from './password-file.ts'
import { verifyPassword } from './verify-password.ts'

/** What is done with the entry of a user. */
export type PasswordAction = 'set' | 'delete' | 'verify'

const DONE = 0
const FAILED = 1
const INTERRUPTED = 130
/** Two to the power of this many rounds of bcrypt: some 60 ms. */
const COST = 10
/** The most that is read of a password that comes through a pipe, in characters. */
const LONGEST_INPUT = 4096

/** A problem to be told in a line. */
class Failure extends Error {}

/**
 * `webserverctl password`, from its arguments to its exit code: sets, deletes or verifies the password of a user in a file as
 * htpasswd writes it.
 */
export async function changePassword(path: string, user: string, action: PasswordAction): Promise<number> {
  try {
    const objection = objectionToUser(user)
    if (objection !== undefined) throw new Failure(objection)
    const file = new EditedFile(path)
    switch (action) {
      case 'set':
        return await setPassword(file, user)
      case 'delete':
        return await deleteUser(file, user)
      case 'verify':
        return await verifyUser(file, user)
      default:
        return action satisfies never
    }
  } catch (error) {
    if (error instanceof Interrupted) return INTERRUPTED
    if (!(error instanceof Failure || error instanceof EditFailure)) throw error
    process.stderr.write(`${error.message}\n`)
    return FAILED
  }
}

async function setPassword(file: EditedFile, user: string): Promise<number> {
  // What cannot be written is told before anybody thinks of a password.
  file.read()
  file.checkWritable()
  const password = await readNewPassword(user)
  const objection = objectionToPassword(password)
  if (objection !== undefined) throw new Failure(objection)
  // What crypt(3) and Apache call $2y$ is what bcryptjs calls $2b$.
  const hash = hashSync(password, COST).replace('$2b$', '$2y$')
  let wasThere = false
  await file.change(old => {
    const { text, before } = withEntry(old ?? '', byteString(user), hash)
    wasThere = before === 'present'
    return text
  })
  return say(
    wasThere
      ? `Changed the password of "${user}" in ${printable(file.path)}`
      : `Added "${user}" to ${printable(file.path)}`,
  )
}

async function deleteUser(file: EditedFile, user: string): Promise<number> {
  await file.change(old => {
    const { text, before } = withEntry(present(old, file), byteString(user), undefined)
    if (before === 'absent') throw new Failure(`Nobody is called "${user}" in ${printable(file.path)}`)
    return text
  })
  return say(`Deleted "${user}" from ${printable(file.path)}`)
}

async function verifyUser(file: EditedFile, user: string): Promise<number> {
  const hash = readPasswordFile(present(file.read(), file)).hashes.get(byteString(user))
  if (hash === undefined) throw new Failure(`Nobody is called "${user}" in ${printable(file.path)}`)
  const password = await readPassword(user)
  switch (verifyPassword(Buffer.from(password), hash)) {
    case 'right':
      return say(`The password of "${user}" is right`)
    case 'wrong':
      throw new Failure(`The password of "${user}" is wrong`)
    case 'unsupported':
      throw new Failure(
        `The entry of "${user}" lets nobody in: its hash is of no kind that can be checked here`,
      )
  }
}

function present(text: string | undefined, { path }: EditedFile): string {
  if (text === undefined) throw new Failure(`Cannot read "${printable(path)}": no such file or directory`)
  return text
}

function say(text: string): number {
  process.stdout.write(`${text}\n`)
  return DONE
}

async function readNewPassword(user: string): Promise<string> {
  if (!process.stdin.isTTY) return await readFirstLine()
  using terminal = new HiddenInput()
  const password = await terminal.ask(`New password of "${user}": `)
  const again = await terminal.ask('The same again: ')
  if (again !== password) throw new Failure('The two are not the same: nothing was changed')
  return password
}

async function readPassword(user: string): Promise<string> {
  if (!process.stdin.isTTY) return await readFirstLine()
  using terminal = new HiddenInput()
  return await terminal.ask(`Password of "${user}": `)
}

/** Ctrl-C, or the end of the terminal. */
class Interrupted extends Error {}

/** Lines from a terminal that shows nothing of them, from its making on: not even of what is typed before it is asked for. */
class HiddenInput implements Disposable {
  readonly #left = new AbortController()
  readonly #lines = createInterface({
    input: process.stdin,
    output: new Writable({ write: (_chunk, _encoding, done) => done() }),
    terminal: true,
    historySize: 0,
  })

  constructor() {
    for (const event of ['close', 'SIGINT'] as const) this.#lines.on(event, () => this.#left.abort())
  }

  async ask(prompt: string): Promise<string> {
    process.stderr.write(prompt)
    try {
      return await this.#lines.question('', { signal: this.#left.signal })
    } catch (error) {
      if (this.#left.signal.aborted) throw new Interrupted()
      throw error
    } finally {
      process.stderr.write('\n')
    }
  }

  [Symbol.dispose](): void {
    this.#lines.close()
  }
}

async function readFirstLine(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk
    if (text.length > LONGEST_INPUT)
      throw new Failure(`Expected a password in a line, got more than ${LONGEST_INPUT} characters`)
  }
  const [line = '', ...rest] = text.split('\n')
  if (rest.join('') !== '') throw new Failure('Expected a password in one line, got more lines')
  return line.replace(/\r$/, '')
}

function byteString(text: string): string {
  return Buffer.from(text).toString('latin1')
}
