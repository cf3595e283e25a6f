/** The project in `<machine>.<project>`, the form of FROM and TO (contract C11); undefined in any other text. */
export function projectInAddress(address: string): string | undefined {
  const dot = address.indexOf('.')
  return dot < 1 || dot === address.length - 1 ? undefined : address.slice(dot + 1)
}
