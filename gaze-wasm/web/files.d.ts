// Files that the bundler includes as bytes or text.
declare module '*.wasm.gz' {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module '*.txt' {
  const text: string;
  export default text;
}
