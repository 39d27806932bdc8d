/** Files smaller than this gain nothing worth having: they fit a packet as they are. */
export const LEAST_COMPRESSED = 256

/** Types that are text whatever their name, and pictures and fonts that are not compressed already. */
const COMPRESSIBLE = new Set([
  'application/ecmascript',
  'application/graphql',
  'application/javascript',
  'application/json',
  'application/json5',
  'application/postscript',
  'application/rtf',
  'application/sql',
  'application/toml',
  'application/vnd.ms-fontobject',
  'application/wasm',
  'application/x-httpd-php',
  'application/x-javascript',
  'application/x-ndjson',
  'application/x-ns-proxy-autoconfig',
  'application/x-perl',
  'application/x-sh',
  'application/x-sql',
  'application/x-tex',
  'application/xml',
  'application/xml-dtd',
  'application/yaml',
  'font/collection',
  'font/otf',
  'font/ttf',
  'image/bmp',
  'image/vnd.microsoft.icon',
  'image/x-icon',
  'image/x-ms-bmp',
  'message/rfc822',
  'model/mtl',
  'model/obj',
  'model/stl',
  'model/vrml',
])
const TEXT = /^text\/|\+(?:json|text|xml|yaml)$/

/** Whether content of this media type, with or without parameters, is likely to gain from a content coding. */
export function isCompressible(mediaType: string): boolean {
  const [essence = ''] = mediaType.toLowerCase().split(';', 1)
  const type = essence.trim()
  return TEXT.test(type) || COMPRESSIBLE.has(type)
}

/** Whether an encoded form is worth having: with less than a tenth saved, unpacking costs more than it gains. */
export function isWorthwhile(size: number, encodedSize: number): boolean {
  return encodedSize <= size * 0.9
}
