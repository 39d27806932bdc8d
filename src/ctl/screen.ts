const ENTER = '\x1b[?1049h\x1b[?25l'
const LEAVE = '\x1b[?25h\x1b[?1049l'
const HOME = '\x1b[H'
const CLEAR_LINE = '\x1b[2K'
const CLEAR_BELOW = '\x1b[J'

/** The part of a terminal that is needed here. */
export interface ScreenTerminal {
  readonly rows: number
  write(text: string): unknown
}

/** A terminal's second screen, without a cursor; once disposed of, the first is back as it was. */
export class Screen implements Disposable {
  readonly #terminal: ScreenTerminal

  constructor(terminal: ScreenTerminal) {
    this.#terminal = terminal
    terminal.write(ENTER)
  }

  /** Draws over what there was, line by line, so that nothing flickers; lines below the last row are left out. */
  draw(text: string): void {
    const lines = text.trimEnd().split('\n').slice(0, this.#terminal.rows)
    this.#terminal.write(`${HOME}${lines.map(line => CLEAR_LINE + line).join('\r\n')}${CLEAR_BELOW}`)
  }

  [Symbol.dispose](): void {
    this.#terminal.write(LEAVE)
  }
}
