const BYTES_PER_MEBIBYTE = 1024 ** 2

/** A whole number, with a comma after each thousand. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString('en')
}

/** With two digits that count, or all before the point; nothing when there is no value. */
export function formatShort(value: number): string {
  if (!Number.isFinite(value)) return ''
  return value < 100 ? String(Number(value.toPrecision(2))) : formatCount(value)
}

export function formatShare(share: number): string {
  return `${Math.round(share * 100)} %`
}

export function formatMebibytes(bytes: number): string {
  return `${formatShort(bytes / BYTES_PER_MEBIBYTE)} MiB`
}

/** As a file system writes it: 0, 1 KiB, 5 GiB. */
export function formatSize(bytes: number): string {
  if (bytes === 0) return '0'
  const unit = Math.min(3, Math.floor(Math.log2(bytes) / 10))
  return `${formatShort(bytes / 1024 ** unit)} ${['B', 'KiB', 'MiB', 'GiB'][unit]}`
}
