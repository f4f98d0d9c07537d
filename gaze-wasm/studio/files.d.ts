// Files that the bundler puts beside the script: what is imported is their names.
declare module '*.gaze' {
  const name: string;
  export default name;
}

declare module '*.wasm' {
  const name: string;
  export default name;
}
