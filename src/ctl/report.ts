/** What a report may know of the terminal that shows it. */
export interface Terminal {
  readonly columns: number
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The text in a style, or as it is where colours are unwelcome. */
  paint(style: Style, text: string): string
}

export type Style = 'bold' | 'green' | 'yellow' | 'red'

/** Whole lines, each with its LF, and the exit code of webserverctl. */
export interface Report {
  readonly output: string
  readonly problems: string
  readonly exitCode: number
}
