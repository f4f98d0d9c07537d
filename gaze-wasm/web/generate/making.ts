// From a picture that was read to its faces, and to the file of one of them.
import { cropAround, type FoundFace } from './crop.js';
import type { Generator, MadeRig, Picture } from './engine.js';
import type { Box, FaceChoice, FoundFaces, GenerateWarning, Settings } from './options.js';
import type { Decoded } from './photo/decode.js';
import { pixelsOf } from './photo/pixels.js';
import type { Made } from './protocol.js';
import type { Steps } from './steps.js';
import { storedPicture } from './store.js';

/** A file of gaze has no registered type of its own. */
const FILE_TYPE = 'application/octet-stream';

/** The faces of a picture. */
export async function findFaces(generator: Generator, photo: Decoded, maxSize: number, steps: Steps): Promise<FoundFaces> {
  const picture = await look(generator, photo, whole(photo), maxSize, steps);
  try {
    return foundIn(picture, photo);
  } finally {
    picture.free();
  }
}

/** The file of one face of a picture. */
export async function makeFace(generator: Generator, photo: Decoded, settings: Settings, steps: Steps): Promise<Made> {
  const { maxSize, removeBackground } = settings;
  let picture: Picture | undefined = await look(generator, photo, whole(photo), maxSize, steps);
  let rig: MadeRig | undefined;
  try {
    const found = foundIn(picture, photo);
    const several = picture.severalFaces();
    const chosen = chosenIn(picture, settings.face, photo);
    const around = facesOf(picture, photo.bitmap.width)[chosen]!;
    const crop = settings.crop === 'none' ? undefined : cropAround(around, settings.crop, photo.bitmap);
    let face = chosen;
    if (crop) {
      picture.free();
      picture = undefined;
      picture = await look(generator, photo, crop, maxSize, steps);
      face = picture.faceAt((around.x + around.width / 2 - crop.x) / crop.width, (around.y + around.height / 2 - crop.y) / crop.height);
    }
    const seen = picture;
    const made = await steps.do('preparing', () => generator.buildRig(seen, face, removeBackground, settings.eyes === 'soft', settings.background));
    rig = made;
    const { width, height } = made;
    const isAsRead = !crop && !removeBackground && width === photo.size.width;
    const file = await steps.do('storing', () => storedFile(made, settings.quality, isAsRead ? photo.original : undefined));
    return { file, width, height, warnings: warningsOf(made, several), found, face: chosen, crop: crop && scaled(crop, photo.size.width / photo.bitmap.width) };
  } finally {
    rig?.free();
    picture?.free();
  }
}

/** Finds the faces in a part of the bitmap. */
function look(generator: Generator, { bitmap }: Decoded, part: Box, maxSize: number, steps: Steps): Promise<Picture> {
  return steps.do('finding', () => {
    const { data, width, height } = pixelsOf(bitmap, part, maxSize);
    return generator.findFaces(data, width, height, maxSize);
  });
}

function whole({ bitmap }: Decoded): Box {
  return { x: 0, y: 0, width: bitmap.width, height: bitmap.height };
}

/** The faces that were found, in a picture that is `width` pixels wide. */
function facesOf(picture: Picture, width: number): FoundFace[] {
  const scale = width / picture.width;
  const numbers = picture.faces();
  const faces: FoundFace[] = [];
  for (let i = 0; i < numbers.length; i += 5) {
    const [left, top, right, bottom, roll] = numbers.subarray(i, i + 5) as unknown as [number, number, number, number, number];
    faces.push({ ...scaled({ x: left, y: top, width: right - left, height: bottom - top }, scale), roll });
  }
  return faces;
}

function foundIn(picture: Picture, { size }: Decoded): FoundFaces {
  const faces = facesOf(picture, size.width).map(({ roll: _, ...box }) => box);
  return { faces, ...size };
}

function chosenIn(picture: Picture, choice: FaceChoice, { size }: Decoded): number {
  if (choice === 'largest') return picture.largestFace();
  if (typeof choice === 'number') return picture.faceByIndex(choice);
  // Pixel centres are at whole numbers.
  return picture.faceAt((choice.x + 0.5) / size.width, (choice.y + 0.5) / size.height);
}

function scaled({ x, y, width, height }: Box, scale: number): Box {
  return { x: x * scale, y: y * scale, width: width * scale, height: height * scale };
}

async function storedFile(rig: MadeRig, quality: number, original: Blob | undefined): Promise<Blob> {
  const { width, height } = rig;
  // The module's memory is never shared.
  const data = rig.picture() as Uint8Array<ArrayBuffer>;
  const { isWebp, bytes } = await storedPicture({ data, width, height }, quality, original);
  return new Blob([rig.toBytes(isWebp, bytes) as Uint8Array<ArrayBuffer>], { type: FILE_TYPE });
}

/** As natively; where the picture was cropped, how many faces there are is said of all of it. */
function warningsOf(rig: MadeRig, several: string | undefined): GenerateWarning[] {
  const messages = rig.warningMessages;
  const warnings = rig.warningKinds.map((kind, i) => ({ kind, message: messages[i]! })).filter(({ kind }) => kind !== 'several-faces');
  if (several !== undefined) warnings.push({ kind: 'several-faces', message: several });
  return warnings;
}
