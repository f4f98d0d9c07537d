// What can go wrong when a face is made, with a sentence for people.

/**
 * - `invalid-option`: an option is out of its range.
 * - `invalid-input`: the picture cannot be read, is too large or is damaged.
 * - `no-face`: the picture shows no face that can be used.
 * - `missing`: nothing is at an address.
 * - `network`: a connection failed, broke off or stood still.
 * - `integrity`: a model is not the file that this version was made for.
 * - `wasm`: the WebAssembly module could not be started.
 * - `engine`: making the face failed.
 * - `output`: the result could not be written.
 */
export type GenerateErrorKind =
  | 'invalid-option'
  | 'invalid-input'
  | 'no-face'
  | 'missing'
  | 'network'
  | 'integrity'
  | 'wasm'
  | 'engine'
  | 'output';

/** Why no face was made. What was cancelled rejects with the reason of its signal instead. */
export class GenerateError extends Error {
  override readonly name = 'GenerateError';

  constructor(
    readonly kind: GenerateErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Any thrown value in words. */
export function wordsOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
