// From a picture that was read to its faces, and to the file of one of them.
import type { Generator, MadeRig, Picture } from './engine.js';
import type { Box, FaceChoice, FoundFaces, GenerateWarning, Point, Settings } from './options.js';
import type { Decoded } from './photo/decode.js';
import { pixelsOf } from './photo/pixels.js';
import type { Made } from './protocol.js';
import type { Steps } from './steps.js';
import { storedPicture } from './store.js';

/** Half of the pixels that a longer side may have in which faces are looked for that the picture shows too small. */
const FURTHER_SIDE = 1024;
/** A file of gaze has no registered type of its own. */
const FILE_TYPE = 'application/octet-stream';

/** The faces of a picture. */
export async function findFaces(generator: Generator, photo: Decoded, maxSize: number, steps: Steps): Promise<FoundFaces> {
  const picture = await look(generator, photo, maxSize, steps);
  try {
    await lookFurther(generator, photo, picture, steps);
    return foundIn(picture, photo);
  } finally {
    picture.free();
  }
}

/** The file of one face of a picture. */
export async function makeFace(generator: Generator, photo: Decoded, settings: Settings, steps: Steps): Promise<Made> {
  const { maxSize, removeBackground } = settings;
  let picture: Picture | undefined = await look(generator, photo, maxSize, steps);
  let rig: MadeRig | undefined;
  try {
    if (!isNamed(settings.face)) await lookFurther(generator, photo, picture, steps);
    const several = settings.face === 'largest' ? picture.severalFaces() : undefined;
    const chosen = chosenIn(generator, picture, settings.face, photo);
    const found = foundIn(picture, photo);
    const crop = settings.crop === 'none' ? undefined : boxOf(picture.partAround(chosen, settings.crop, photo.bitmap.width, photo.bitmap.height));
    // What is cropped is as large as it can be.
    const gain = settings.crop === 'none' ? picture.cropGain(chosen, photo.bitmap.width, photo.bitmap.height, maxSize) : 1;
    const face = crop ? 0 : chosen;
    if (crop) {
      const uncropped = picture;
      picture = undefined;
      picture = await cropped(generator, photo, uncropped, chosen, crop, maxSize, steps).finally(() => uncropped.free());
    } else await lookCloser(generator, photo, picture, chosen, steps);
    const seen = picture;
    const made = await steps.do('preparing', () => generator.buildRig(seen, face, removeBackground, settings.eyes === 'soft', gain, settings.background));
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

/** Finds the faces of the bitmap. */
function look(generator: Generator, photo: Decoded, maxSize: number, steps: Steps): Promise<Picture> {
  return steps.do('finding', () => {
    const { data, width, height } = pixelsOf(photo.bitmap, whole(photo), maxSize);
    return generator.findFaces(data, width, height, maxSize);
  });
}

/** Where there are none, finds those that the bitmap shows and the picture too small. */
async function lookFurther(generator: Generator, photo: Decoded, picture: Picture, steps: Steps): Promise<void> {
  if (picture.faces().length > 0) return;
  await steps.do('finding', () => {
    const { data, width, height } = pixelsOf(photo.bitmap, whole(photo), FURTHER_SIDE);
    generator.lookFurther(picture, data, width, height);
  });
}

/** The same face in a part of the bitmap, as large as that has it. */
function cropped(generator: Generator, { bitmap }: Decoded, whole: Picture, face: number, part: Box, maxSize: number, steps: Steps): Promise<Picture> {
  return steps.do('finding', () => {
    const { data, width, height } = pixelsOf(bitmap, part, maxSize);
    const at = new Uint32Array([part.x, part.y, part.width, part.height]);
    return generator.cropped(whole, face, at, new Uint32Array([bitmap.width, bitmap.height]), data, width, height, maxSize);
  });
}

/** Finds the details of a face in the bitmap, where the picture is too small for them. */
async function lookCloser(generator: Generator, { bitmap }: Decoded, picture: Picture, face: number, steps: Steps): Promise<void> {
  const closeUp = picture.closeUp(face, bitmap.width, bitmap.height);
  if (!closeUp) return;
  try {
    await steps.do('finding', () => {
      const { data, width, height } = pixelsOf(bitmap, boxOf(closeUp.part())!, closeUp.maxSide);
      generator.lookCloser(picture, face, closeUp, data, width, height);
    });
  } finally {
    closeUp.free();
  }
}

function boxOf(numbers: Uint32Array | undefined): Box | undefined {
  if (!numbers) return undefined;
  const [x, y, width, height] = numbers as unknown as [number, number, number, number];
  return { x, y, width, height };
}

function whole({ bitmap }: Decoded): Box {
  return { x: 0, y: 0, width: bitmap.width, height: bitmap.height };
}

function foundIn(picture: Picture, { size }: Decoded): FoundFaces {
  const scale = size.width / picture.width;
  const numbers = picture.faces();
  const faces: Box[] = [];
  for (let i = 0; i < numbers.length; i += 4) {
    const [left, top, right, bottom] = numbers.subarray(i, i + 4) as unknown as [number, number, number, number];
    faces.push(scaled({ x: left, y: top, width: right - left, height: bottom - top }, scale));
  }
  return { faces, ...size };
}

function chosenIn(generator: Generator, picture: Picture, choice: FaceChoice, { size }: Decoded): number {
  if (choice === 'largest') return picture.largestFace();
  if (typeof choice === 'number') return picture.faceByIndex(choice);
  // Pixel centres are at whole numbers.
  const inShares = ({ x, y }: Point) => [(x + 0.5) / size.width, (y + 0.5) / size.height] as const;
  if (isNamed(choice)) return generator.nameEyes(picture, new Float32Array(choice.eyes.flatMap(inShares)));
  return picture.faceAt(...inShares(choice));
}

function isNamed(choice: FaceChoice): choice is { eyes: readonly [Point, Point] } {
  return typeof choice === 'object' && 'eyes' in choice;
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

/** As natively; that there are several faces is said of all of the picture, cropped or not. */
function warningsOf(rig: MadeRig, several: string | undefined): GenerateWarning[] {
  const messages = rig.warningMessages;
  const warnings = rig.warningKinds.map((kind, i) => ({ kind, message: messages[i]! })).filter(({ kind }) => kind !== 'several-faces');
  if (several !== undefined) warnings.push({ kind: 'several-faces', message: several });
  return warnings;
}
