import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Outcome } from '../support/program.ts'
import { until } from '../support/wait.ts'
import { debianPackage } from './debian-package.ts'
import { SERVER_ADDRESS } from './lan.ts'
import { Machine } from './machine.ts'

export const CONFIG = '/etc/webserver/webserver.conf'
export const DOCUMENT_ROOT = '/var/www/html'
const UNIT = 'webserver.service'

/** The Debian package, as it is installed on a machine. */
export class Installation {
  readonly machine: Machine
  readonly #file: string

  private constructor(machine: Machine, file: string) {
    this.machine = machine
    this.#file = file
  }

  /** Takes the package to a machine. */
  static prepare(machine: Machine): Installation {
    const path = debianPackage()
    const file = `/root/${basename(path)}`
    copyFileSync(path, machine.path(file))
    return new Installation(machine, file)
  }

  install(): Promise<Outcome> {
    return this.machine.run('dpkg', '--install', this.#file)
  }

  /** Installs the same as a newer version, whose configuration file has this line at its end. */
  async upgrade(version: string, line: string): Promise<Outcome> {
    const { machine } = this
    const folder = `/root/webserver-${version}`
    await machine.output('dpkg-deb', '--raw-extract', this.#file, folder)
    const control = machine.read(`${folder}/DEBIAN/control`)
    machine.write(`${folder}/DEBIAN/control`, control.replace(/^Version: .*$/m, `Version: ${version}`))
    machine.write(`${folder}${CONFIG}`, `${machine.read(`${folder}${CONFIG}`)}${line}\n`)
    await machine.output('dpkg-deb', '-Znone', '--build', folder, `${folder}.deb`)
    machine.remove(folder)
    // As apt has it where nobody can be asked.
    return await machine.run('dpkg', '--force-confdef', '--force-confold', '--install', `${folder}.deb`)
  }

  /** Changes the configuration file: each text becomes another. */
  edit(...changes: readonly (readonly [from: string | RegExp, to: string])[]): void {
    const { machine } = this
    const edited = changes.reduce((text, [from, to]) => text.replace(from, to), machine.read(CONFIG))
    machine.write(CONFIG, edited)
  }

  systemctl(command: string): Promise<Outcome> {
    return this.machine.run('systemctl', command, UNIT)
  }

  /** What `systemctl status` shows of it. */
  async status(): Promise<string> {
    return (await this.machine.run('systemctl', 'status', '--no-pager', '--full', UNIT)).stdout
  }

  /** What the journal holds of its messages, one on a line. */
  journal(...options: readonly string[]): Promise<string> {
    return this.machine.output('journalctl', '--no-pager', '--output', 'cat', '--unit', UNIT, ...options)
  }

  property(name: string): Promise<string> {
    return this.machine.property(UNIT, name)
  }

  /** Of its process, on the machine; 0 when it does not run. */
  async pid(): Promise<number> {
    return Number(await this.property('MainPID'))
  }

  /** Adds lines to a section of its unit, as `systemctl edit` does, or takes back those added by that name. */
  async override(name: string, lines: readonly string[] | undefined): Promise<void> {
    const file = `/etc/systemd/system/${UNIT}.d/${name}.conf`
    if (lines === undefined) this.machine.remove(file)
    else this.machine.write(file, `${lines.join('\n')}\n`)
    await this.machine.output('systemctl', 'daemon-reload')
  }

  /** What somebody on the network gets. */
  async fetch(path: string, address = SERVER_ADDRESS): Promise<Outcome> {
    return await this.machine.lan.run('/usr/bin/curl', [
      ...['--silent', '--show-error', '--fail', '--max-time', '10'],
      `http://${address}${path}`,
    ])
  }

  async untilServing(): Promise<void> {
    await until(async () => (await this.fetch('/')).code === 0, 'a page')
  }
}

/** A machine of its own on which the package is installed, and its page served. */
export async function installedMachine(): Promise<Installation> {
  await using stack = new AsyncDisposableStack()
  const installation = Installation.prepare(stack.use(await Machine.boot()))
  const { code, stderr } = await installation.install()
  assert.equal(code, 0, stderr)
  await installation.untilServing()
  stack.move()
  return installation
}
