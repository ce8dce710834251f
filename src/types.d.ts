// Kinds of files that the bundler turns into modules.
declare module '*.sql' {
  const text: string
  export default text
}
