import { type ParseArgsConfig, parseArgs } from 'node:util'

/** The options of a script, as parseArgs reads them; with others it says what there is, and exits with status 2. */
export function readOptions<Options extends NonNullable<ParseArgsConfig['options']>>(
  options: Options,
  usage: string,
) {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    const isMistake = error instanceof Error && 'code' in error && /^ERR_PARSE_ARGS_/.test(String(error.code))
    if (!isMistake) throw error
    console.error(`${error.message}\nUsage: ${usage}`)
    process.exit(2)
  }
}
