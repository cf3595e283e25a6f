declare module '@iarna/toml/parse-string.js' {
  /** Parses TOML 1.0; throws an error whose first line says what is wrong where. */
  export default function parse(text: string): Record<string, unknown>
}
