/** Whether it is a name that a host may have, with or without its final dot: labels of letters, digits, `-` and `_`. */
export function isHostName(word: string): boolean {
  const labels = word.replace(/\.$/, '').split('.')
  return word.length <= 253 && labels.every(label => /^[\w-]{1,63}$/.test(label))
}
