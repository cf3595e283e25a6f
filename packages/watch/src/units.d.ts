// Units are carried in the bundle as text.
declare module '*.path' {
  const text: string
  export default text
}
declare module '*.service' {
  const text: string
  export default text
}
