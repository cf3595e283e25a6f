/** Says each line once: what is looked at every two seconds stays as it is for long. */
export function onlyNews(err: (line: string) => void): (line: string) => void {
  const said = new Set<string>()
  return (line) => {
    if (!said.has(line)) err(line)
    said.add(line)
  }
}
