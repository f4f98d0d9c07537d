// How a page makes faces: compiled, never run.
import { findFaces, generate, GeneratedFace, GenerateError, prepare, setGenerateSource, type GenerateOptions } from 'gaze-tracker/generate';
import 'gaze-tracker/define';

const tracker = document.createElement('gaze-tracker');
const input = document.querySelector('input')!;
const options: GenerateOptions = { maxSize: 640, face: { x: 10, y: 20 }, crop: 'bust', eyes: 'soft', removeBackground: true, quality: 90 };

setGenerateSource('https://example.com/gaze-tracker/');
setGenerateSource({ wasm: new Uint8Array(), models: { 'face_landmark.onnx': new Blob([]) } });
tracker.portrait = '/me.jpg';

export async function make(): Promise<void> {
  await prepare();
  const file = input.files![0]!;
  const { faces, width } = await findFaces(file);
  for (const source of [file, new Image(), document.createElement('canvas'), new ImageData(1, 1), '/me.jpg', new URL('https://example.com/me.jpg')]) {
    const face: GeneratedFace = await generate(source, {
      ...options,
      face: faces.length - 1,
      signal: AbortSignal.timeout(1000),
      onProgress: ({ stage, loaded, total }) => console.log(stage === 'loading', loaded / total),
    });
    tracker.src = face;
    const blob: Blob = face.toBlob();
    console.log(blob === face.blob, face.warnings.map(({ kind, message }) => kind + message), face.faces[face.face]!.x / width, face.crop?.height);
  }
}

make().catch((error: unknown) => {
  if (error instanceof GenerateError) console.log(error.kind === 'no-face', error.message);
});

// @ts-expect-error no such crop
void generate(new Blob([]), { crop: 'feet' });
// @ts-expect-error it is what it is
void generate(new Blob([])).then((face) => (face.width = 1));
export const isFace = (what: unknown) => what instanceof GeneratedFace;
