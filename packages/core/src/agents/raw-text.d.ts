/** The text of a file, by vite in tests and by scripts/build.mjs in the commands. */
declare module '*?raw' {
  const text: string
  export default text
}
