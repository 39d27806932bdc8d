import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { removeAtExit } from './temporary-folder.ts'

/** A temporary ServerRoot with its configuration and the files it serves; gone once disposed of. */
export class Folder implements Disposable {
  readonly path: string
  readonly configFile: string
  readonly socket: string
  readonly #owner: number | undefined

  /** @param owner The user and group who may make files in it; this process's own when not given. */
  constructor(owner?: number) {
    this.#owner = owner
    this.path = mkdtempSync(join(tmpdir(), 'webserver-'))
    removeAtExit(this.path)
    chmodSync(this.path, 0o755)
    this.configFile = join(this.path, 'etc/webserver.conf')
    this.socket = join(this.path, 'var/run/webserver.sock')
    for (const folder of ['', 'etc', 'var', 'var/www', 'var/log', 'var/run']) this.#makeFolder(folder)
  }

  /** The path of something in it. */
  resolve(name: string): string {
    return join(this.path, name)
  }

  /** Writes the configuration; without a Listen among the lines, for any free port of this machine. */
  configure(lines: readonly string[]): void {
    const listen = lines.some(line => line.startsWith('Listen ')) ? [] : ['Listen 127.0.0.1:0']
    const text = [...listen, 'ServerName www.example.com', ...lines, ''].join('\n')
    writeFileSync(this.configFile, text)
  }

  /** Writes a file below DocumentRoot, and gives its path. */
  publish(name: string, content: string | Buffer = ''): string {
    const path = this.resolve(`var/www/${name}`)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    return path
  }

  /** Publishes a file of so many zeros, which take no room on the disk, and gives its path. */
  publishSparse(name: string, size: number): string {
    const path = this.publish(name)
    truncateSync(path, size)
    return path
  }

  /** The text of a file, each character a byte. */
  read(name: string): string {
    return readFileSync(this.resolve(name), 'latin1')
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }

  #makeFolder(name: string): void {
    const path = this.resolve(name)
    mkdirSync(path, { recursive: true })
    if (this.#owner !== undefined) chownSync(path, this.#owner, this.#owner)
  }
}
