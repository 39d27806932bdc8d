/** The name by which the one binary of the packages is told to compare passwords. */
export const CHECKER_NAME = 'webserver-passwords'
