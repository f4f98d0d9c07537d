// What the page carries for making faces.
import { setGenerateSource, type GenerateSource } from '../web/generate/index.js';
import { MODELS } from '../web/generate/assets.js';
import { whyUnable } from '../portrait-page/making.js';
import { carriedFile } from './carried.js';

/** Takes what the page carries. Returns why no face can be made here, if that is so. */
export function unpack(): string | undefined {
  const why = whyUnable('Open this file in another browser.');
  if (why) return why;
  const wasm = carriedFile('gaze_generate_simd_bg.wasm.gz');
  const models: GenerateSource['models'] = {};
  for (const { name } of MODELS) {
    const model = carriedFile(name);
    if (model) models[name] = model;
  }
  if (!wasm || Object.keys(models).length < MODELS.length) return 'This page is incomplete: it lacks what finds faces. Write it with the command "gaze maker".';
  setGenerateSource({ wasm, models });
  return undefined;
}
