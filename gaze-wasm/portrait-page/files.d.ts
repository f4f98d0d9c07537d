// Files that the bundler includes as text.
declare module '*.html' {
  const text: string;
  export default text;
}
