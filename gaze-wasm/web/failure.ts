// What can go wrong, with a sentence for people.

/**
 * - `missing`: nothing is at that address.
 * - `network`: the connection failed or broke off.
 * - `format`: the files are damaged or no gaze output.
 * - `decode`: the browser cannot decode an image.
 * - `wasm`: the WebAssembly module could not be started.
 * - `portrait`: no face can be made of the picture that `portrait` names.
 */
export type GazeErrorCode = 'missing' | 'network' | 'format' | 'decode' | 'wasm' | 'portrait';

/** Why an element shows no, or not all, frames: the `error` of its `error` event. */
export class GazeError extends Error {
  override readonly name = 'GazeError';

  constructor(
    readonly code: GazeErrorCode,
    message: string,
    /** Whether nothing can be steered: the placeholder stays. Else what has arrived goes on working. */
    readonly fatal: boolean = true,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** The same failure, with what has arrived still working. */
  survived(): GazeError {
    return new GazeError(this.code, this.message, false, { cause: this.cause });
  }
}

/** Any thrown value as a `GazeError`. */
export function asGazeError(thrown: unknown, code: GazeErrorCode): GazeError {
  if (thrown instanceof GazeError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new GazeError(code, message, true, { cause: thrown });
}
