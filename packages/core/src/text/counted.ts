/** `1 message`, `2 messages`. `many` is for what does not end in `s`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
