// Whether the browser's WebAssembly has SIMD.

/** A function that drops a vector: the smallest module that needs simd128. */
// prettier-ignore
const PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, // magic and version
  1, 4, 1, 96, 0, 0, // type: () -> ()
  3, 2, 1, 0, // one function of it
  10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11, // i32.const 0, i8x16.splat, drop
]);

export function isSimdSupported(): boolean {
  return typeof WebAssembly === 'object' && WebAssembly.validate(PROBE);
}
