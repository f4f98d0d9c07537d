// The element's shadow tree and its style.
import { FaceCanvases } from './canvases.js';
import { viewOf } from './geometry.js';

/** The size that the element has before anything is known, in CSS pixels. */
const INITIAL_SIZE = { width: 300, height: 375 };

const STYLE = `
:host {
  position: relative;
  display: inline-block;
  box-sizing: border-box;
  max-width: 100%;
  overflow: hidden;
  vertical-align: middle;
  background: var(--gaze-background, transparent);
  touch-action: var(--gaze-touch-action, none);
  -webkit-user-select: none;
  user-select: none;
}
:host([hidden]) { display: none; }
:host(:focus-visible), .face:focus-visible { outline: var(--gaze-focus-ring, 2px solid Highlight); outline-offset: 2px; }
.face:focus-visible { outline-offset: -2px; }
:host(:fullscreen) { width: 100% !important; height: 100% !important; aspect-ratio: auto !important;
  background: var(--gaze-fullscreen-background, var(--gaze-background, #000)); }
.face, .faces, canvas, .placeholder, .placeholder img, ::slotted(img) {
  position: absolute;
  inset: 0;
  display: block;
  width: 100%;
  height: 100%;
}
/* They come and go: a click that begins on one which is taken away would be none. */
canvas, .placeholder img { pointer-events: none; }
canvas, .placeholder img, ::slotted(img) {
  object-fit: var(--gaze-fit, contain);
  object-position: var(--gaze-position, 50% 50%);
}
.face { border-radius: inherit; outline: none; }
.faces { isolation: isolate; }
@media not (prefers-reduced-motion: reduce) {
  /* Their sum is opaque all the while where both are. */
  .goes, .comes { mix-blend-mode: plus-lighter; animation: fade var(--gaze-fade, 300ms) ease-in-out both; }
  .goes { animation-direction: reverse; }
}
@keyframes fade { from { opacity: 0; } }
[hidden] { display: none !important; }
.controls {
  position: absolute;
  right: 8px;
  bottom: 8px;
  display: flex;
  gap: 6px;
  opacity: var(--gaze-controls-opacity, 0.7);
}
.controls:focus-within, .controls:hover { opacity: 1; }
/* Beside the buttons, however many there are. */
.caption {
  position: absolute;
  left: 8px;
  right: 8px;
  bottom: 8px;
  box-sizing: border-box;
  width: fit-content;
  padding: 3px 8px;
  border-radius: 6px;
  font: 12px/1.35 system-ui, sans-serif;
  overflow-wrap: anywhere;
  color: var(--gaze-caption-color, #fff);
  background: var(--gaze-caption-background, rgb(0 0 0 / 65%));
  pointer-events: none;
}
.controls:not([hidden]) ~ .caption { right: 52px; }
.controls:not([hidden]):not(:has([hidden])) ~ .caption { right: 94px; }
button {
  display: grid;
  place-items: center;
  width: 36px;
  height: 36px;
  padding: 0;
  border: 0;
  border-radius: 8px;
  color: var(--gaze-controls-color, #fff);
  background: var(--gaze-controls-background, rgb(0 0 0 / 55%));
  cursor: pointer;
}
button:focus-visible { outline: 2px solid currentColor; outline-offset: -4px; }
svg { width: 20px; height: 20px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
`;

/** Symbols of the buttons: paths in a box of 24 x 24. */
const PHONE = 'M10 3h4a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2h-4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2M4 8c-1.5 2.5-1.5 5.5 0 8M20 8c1.5 2.5 1.5 5.5 0 8';
const CORNERS = 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5';

export interface ShadowParts {
  canvases: FaceCanvases;
  /** What takes the focus and keys, and what its picture shows. */
  face: HTMLElement;
  placeholder: HTMLElement;
  slot: HTMLSlotElement;
  /** Puts the portrait in its place, or takes it away. An image is never left behind: Chromium keeps those that
   * have been on a page, and with them all that they are in. */
  setPortrait(image: HTMLImageElement | undefined): void;
  controls: HTMLElement;
  /** Words that everybody sees. */
  caption: HTMLElement;
  gyroButton: HTMLButtonElement;
  fullscreenButton: HTMLButtonElement;
  /** Styles it anew: a document takes no sheets of another one. */
  adopt(): void;
  /** Sets the size that the element has where the page sets none, in CSS pixels; where the page sets one side alone, the
   * ratio. */
  setSize(width: number, height: number): void;
}

export function attachShadowParts(host: HTMLElement): ShadowParts {
  // One that was declared in the markup is taken over.
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open', delegatesFocus: true });
  const slot = make('slot');
  const placeholder = make('span', { class: 'placeholder', part: 'placeholder' }, slot);
  const faces = make('div', { class: 'faces' });
  const face = make('div', { class: 'face' }, placeholder, faces);
  const gyroButton = makeButton('gyro-button', 'Steer by tilting the device', PHONE);
  const fullscreenButton = makeButton('fullscreen-button', 'Full screen', CORNERS);
  const controls = make('div', { class: 'controls', part: 'controls', hidden: '' }, gyroButton, fullscreenButton);
  const caption = make('div', { class: 'caption', part: 'caption', id: 'caption', hidden: '' });
  const natural = make('div', { class: 'natural' });
  root.replaceChildren(natural, face, controls, caption);
  let size: CSSStyleSheet | undefined;
  let sizeStyle = '';
  // Sheets rather than style elements: those are what a strict content security policy forbids.
  const adopt = () => {
    const { ownerDocument } = host;
    // A DOM that is no browser's may have none that can be written, and shows nothing; nor does a template, where
    // frameworks put elements for a moment.
    if (!ownerDocument.defaultView || !canAdopt()) return;
    size = newSheet(ownerDocument, sizeStyle);
    root.adoptedStyleSheets = [size, sharedSheet(ownerDocument)];
  };
  // As large as the picture, no larger than its parent has room, and of its ratio where the page sets one side: what an
  // image does. The width is that of what lies in the element, since a stated one would hold where the height is set.
  // WebKit leaves the width as it is there.
  const setSize = (width: number, height: number) =>
    size?.replaceSync((sizeStyle = `:host { width: fit-content; aspect-ratio: ${width} / ${height}; } .natural { width: ${width}px; }`));
  adopt();
  setSize(INITIAL_SIZE.width, INITIAL_SIZE.height);
  return {
    canvases: new FaceCanvases(faces),
    face,
    placeholder,
    slot,
    setPortrait: (image) => slot.replaceChildren(...(image ? [image] : [])),
    controls,
    caption,
    gyroButton,
    fullscreenButton,
    adopt,
    setSize,
  };
}

/** Jsdom has sheets, but before 27 none that can be written. */
const canAdopt = (): boolean => typeof CSSStyleSheet === 'function' && 'replaceSync' in CSSStyleSheet.prototype;

const sheets = new WeakMap<Document, CSSStyleSheet>();

function sharedSheet(document: Document): CSSStyleSheet {
  const sheet = sheets.get(document) ?? newSheet(document, STYLE);
  sheets.set(document, sheet);
  return sheet;
}

function newSheet(document: Document, style: string): CSSStyleSheet {
  const sheet = new (viewOf(document).CSSStyleSheet)();
  sheet.replaceSync(style);
  return sheet;
}

// Nodes rather than markup: a page may require trusted types of whoever assigns markup.

function make<Name extends keyof HTMLElementTagNameMap>(name: Name, attributes: Record<string, string> = {}, ...children: Element[]): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...children);
  return element;
}

function makeButton(part: string, label: string, path: string): HTMLButtonElement {
  const namespace = 'http://www.w3.org/2000/svg';
  const symbol = document.createElementNS(namespace, 'svg');
  symbol.setAttribute('viewBox', '0 0 24 24');
  symbol.setAttribute('aria-hidden', 'true');
  symbol.append(document.createElementNS(namespace, 'path'));
  symbol.firstElementChild!.setAttribute('d', path);
  return make('button', { type: 'button', part: `button ${part}`, hidden: '', 'aria-label': label, title: label }, symbol as Element);
}
