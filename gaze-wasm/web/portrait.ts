// A face made from a photograph by the visitor's own browser. What that takes is loaded where it is asked for.
import { quoted } from './address.js';
import { asGazeError, GazeError, type GazeErrorCode } from './failure.js';
import type { GenerateErrorKind } from './generate.js';

/** The file of the face that is made from the picture at `url`. Throws a `GazeError`; the signal's reason where that is
 * aborted. */
export async function portraitSource(url: string, signal: AbortSignal): Promise<Blob> {
  const { generate, GenerateError } = await import('./generate.js').catch((cause: unknown) => {
    throw new GazeError('missing', 'no face can be made of the portrait, since generate.js is missing: put it, its modules and its models beside the player', true, { cause });
  });
  try {
    return (await generate(url, { signal })).blob;
  } catch (thrown) {
    if (signal.aborted || !(thrown instanceof GenerateError)) throw asGazeError(thrown, 'portrait');
    throw new GazeError(codeOf(thrown.kind), `${quoted('portrait', url)}: ${thrown.message}`, true, { cause: thrown });
  }
}

function codeOf(kind: GenerateErrorKind): GazeErrorCode {
  return kind === 'missing' || kind === 'network' || kind === 'wasm' ? kind : 'portrait';
}
