/*
 * Rules that several patterns are made of, as sources of regular expressions over byte strings.
 */

/** Characters of a token, to stand in a class (RFC 9110 §5.6.2). */
export const TCHAR = "!#$%&'*+\\-.^_`|~0-9A-Za-z"
export const TOKEN = `[${TCHAR}]+`

/** White space where it is optional, or bad: OWS and BWS (RFC 9110 §5.6.3). */
export const OWS = '[ \\t]*'

/** RFC 9110 §5.6.4. */
export const QUOTED_STRING =
  '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*"'

/** field-name ":" OWS field-value OWS (RFC 9112 §5): no white space before the colon, and no controls but tab (RFC 9110 §5.5). */
export const FIELD_LINE = `${TOKEN}:[\\t\\x20-\\x7e\\x80-\\xff]*`
