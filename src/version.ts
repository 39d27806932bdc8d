import packageJson from '../package.json' with { type: 'json' }

/** As in `webserver --version` and `ServerTokens Min`. */
export const VERSION: string = packageJson.version
