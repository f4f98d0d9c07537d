// What a page asks for, and what it gets.
import { GenerateError } from './failure.js';

/** A picture: a file, what an element or a canvas shows, pixels, or an address. */
export type PhotoSource = Blob | HTMLImageElement | HTMLCanvasElement | OffscreenCanvas | ImageBitmap | ImageData | string | URL;

/** A point in pixels of the upright picture. */
export interface Point {
  x: number;
  y: number;
}

/** Which face is animated: the largest; by size, where 0 is the largest; the one at, or else nearest to, a point; or the one
 * with these eyes, found or not, also no human one: an animal's, a doll's, a drawing's. */
export type FaceChoice = 'largest' | number | Point | { eyes: readonly [Point, Point] };

/** A part of the upright picture, in its pixels. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What is being done: fetching code and models; reading the picture; finding faces; preparing the one that was chosen;
 * compressing the result. */
export type GenerateStage = 'loading' | 'reading' | 'finding' | 'preparing' | 'storing';

export interface GenerateProgress {
  stage: GenerateStage;
  /** Bytes while loading, and of a picture at an address; else 0, then 1. */
  loaded: number;
  /** Of how many; 0 where that is not known. Never less than `loaded`. */
  total: number;
}

export interface FindFacesOptions {
  /** Longer side of the picture in which faces are found, in pixels, 32 to 1024. Default: 512. */
  maxSize?: number;
  /** Cancels: the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  onProgress?: (progress: GenerateProgress) => void;
}

export interface GenerateOptions extends FindFacesOptions {
  /** Longer side of the face's picture at most, in pixels, 32 to 1024; smaller pictures keep their size. Default: 512. */
  maxSize?: number;
  /** Default: `'largest'`. */
  face?: FaceChoice;
  /** What of the picture is kept around the chosen face: all of it; `'bust'`, head and chest, 4 by 5; or `'head'`, square.
   * From the picture as large as it was read. Default: `'none'`. */
  crop?: 'none' | 'bust' | 'head';
  /** Makes everything but the person transparent. Default: false. */
  removeBackground?: boolean;
  /** Colour behind whatever is transparent, as CSS writes it: `'#fa0'`, `'orange'`. Default: none, transparent stays
   * transparent. */
  background?: string;
  /** `'auto'` draws the eyes in layers where the picture allows that; `'soft'` moves their pixels smoothly, for cartoons
   * and odd eyes. Default: `'auto'`. */
  eyes?: 'auto' | 'soft';
  /** Of the stored picture, 0 to 100. Default: 85. */
  quality?: number;
}

/** What faces are in a picture. */
export interface FoundFaces {
  /** Largest first: from brow to chin, ear to ear, in pixels of the upright picture. */
  faces: Box[];
  /** Size of the upright picture. */
  width: number;
  height: number;
}

/** What may look wrong in a result. */
export interface GenerateWarning {
  /** As natively: `closed-eyes`, `turned-head`, `doubtful-face`, `small-face`, `distant-face` (a crop shows it larger),
   * `turned-picture`, `several-faces` or `soft-eyes`. */
  kind: string;
  /** The same for people: what was seen and what to do. */
  message: string;
}

/** The options that travel to where the work is done: all of them, in range. */
export interface Settings {
  maxSize: number;
  face: FaceChoice;
  crop: 'none' | 'bust' | 'head';
  removeBackground: boolean;
  /** 0xrrggbb. */
  background: number | undefined;
  eyes: 'auto' | 'soft';
  quality: number;
}

const MAX_SIZES = [32, 1024] as const;

/** All options, in range. Throws an `invalid-option`, naming the option. */
export function checkOptions(options: GenerateOptions): Settings {
  const { maxSize = 512, face = 'largest', crop = 'none', removeBackground = false, background, eyes = 'auto', quality = 85 } = options;
  const [least, most] = MAX_SIZES;
  check(Number.isInteger(maxSize) && maxSize >= least && maxSize <= most, `maxSize is ${maxSize}: use a whole number from ${least} to ${most}`);
  check(isFaceChoice(face), "face names no face: use 'largest', an index from 0, a point { x, y } of the picture, or two such points { eyes: [a, b] }");
  check(['none', 'bust', 'head'].includes(crop), `crop is ${crop}: use 'none', 'bust' or 'head'`);
  check(['auto', 'soft'].includes(eyes), `eyes is ${eyes}: use 'auto' or 'soft'`);
  check(quality >= 0 && quality <= 100, `quality is ${quality}: use a number from 0 to 100`);
  return { maxSize, face: copied(face), crop, removeBackground: !!removeBackground, background: background === undefined ? undefined : colorOf(background), eyes, quality };
}

/** An opaque colour as CSS writes it: who draws knows them all. */
function colorOf(text: string): number {
  const canvas = typeof OffscreenCanvas === 'undefined' ? document.createElement('canvas') : new OffscreenCanvas(1, 1);
  const context = canvas.getContext('2d') as CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null;
  // What is no colour leaves the one that was there.
  const [first, second] = ['#000000', '#ffffff'].map((before) => {
    if (context) [context.fillStyle, context.fillStyle] = [before, String(text)];
    return context ? String(context.fillStyle) : '';
  });
  check(first === second && /^#[0-9a-f]{6}$/.test(first!), `background is ${text}: use an opaque colour, as '#fa0' or 'orange'`);
  return parseInt(first!.slice(1), 16);
}

function isFaceChoice(face: FaceChoice): boolean {
  if (typeof face === 'number') return Number.isInteger(face) && face >= 0 && face < 2 ** 31;
  if (typeof face !== 'object' || face === null) return face === 'largest';
  if (!('eyes' in face)) return isPoint(face);
  return Array.isArray(face.eyes) && face.eyes.length === 2 && face.eyes.every(isPoint);
}

function isPoint(point: Point | undefined): boolean {
  return typeof point === 'object' && point !== null && Number.isFinite(point.x) && Number.isFinite(point.y);
}

/** Without what else a page's object has. */
function copied(face: FaceChoice): FaceChoice {
  if (typeof face !== 'object') return face;
  if (!('eyes' in face)) return { x: face.x, y: face.y };
  const [a, b] = face.eyes;
  return { eyes: [{ x: a.x, y: a.y }, { x: b.x, y: b.y }] };
}

function check(holds: boolean, message: string): void {
  if (!holds) throw new GenerateError('invalid-option', message);
}
