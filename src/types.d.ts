// Kinds of files that the bundler turns into modules.
declare module '*.html' {
  const content: string
  export default content
}
declare module '*.sql' {
  const text: string
  export default text
}
