/** Says each line once: a state that is checked every two seconds rarely changes. */
export function onlyNews(err: (line: string) => void): (line: string) => void {
  const said = new Set<string>()
  return (line) => {
    if (!said.has(line)) err(line)
    said.add(line)
  }
}
