/** The text of a file, by vite in tests and by scripts/build.mjs in the commands. */
declare module '*?raw' {
  const text: string
  export default text
}
declare module '@iarna/toml/parse-string.js' {
  /** Parses TOML 1.0; throws an error whose first line says what is wrong where. */
  export default function parse(text: string): Record<string, unknown>
}
