// Files that are bundled as what they are.
declare module '*.wasm.gz' {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module '*.txt' {
  const text: string;
  export default text;
}
