/** The name by which the one binary of the packages is told to compare passwords. */
export const CHECKER_NAME = 'webserver-passwords'
/** The line by which it says that it has started. */
export const READY = 'ready'
