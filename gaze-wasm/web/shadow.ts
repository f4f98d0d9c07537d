// The element's shadow tree and its style.
import { FaceCanvases } from './canvases.js';
import { viewOf } from './geometry.js';

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
:host(:focus-visible) { outline: var(--gaze-focus-ring, 2px solid Highlight); outline-offset: 2px; }
:host(:fullscreen) { width: 100% !important; height: 100% !important; aspect-ratio: auto !important;
  background: var(--gaze-fullscreen-background, var(--gaze-background, #000)); }
canvas, .placeholder, .placeholder img, ::slotted(img) {
  position: absolute;
  inset: 0;
  display: block;
  width: 100%;
  height: 100%;
  object-fit: var(--gaze-fit, contain);
  object-position: var(--gaze-position, 50% 50%);
}
.faces { position: absolute; inset: 0; isolation: isolate; }
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

const MARKUP = `
<span class="placeholder" part="placeholder"><slot></slot></span>
<div class="faces"><canvas part="canvas" hidden></canvas></div>
<div class="controls" part="controls" hidden>
  <button type="button" part="button gyro-button" hidden aria-label="Steer by tilting the device" title="Steer by tilting the device">
    <svg viewBox="0 0 24 24" aria-hidden="true"><rect x="8" y="3" width="8" height="18" rx="2"/><path d="M4 8c-1.5 2.5-1.5 5.500 0 8M20 8c1.5 2.5 1.5 5.500 0 8"/></svg>
  </button>
  <button type="button" part="button fullscreen-button" hidden aria-label="Full screen" title="Full screen">
    <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"/></svg>
  </button>
</div>`;

let template: HTMLTemplateElement | undefined;
const sheets = new WeakMap<Document, CSSStyleSheet>();

export interface ShadowParts {
  root: ShadowRoot;
  canvases: FaceCanvases;
  placeholder: HTMLElement;
  slot: HTMLSlotElement;
  /** Puts the portrait in its place, or takes it away. An image is never left behind: Chromium keeps those that
   * have been on a page, and with them all that they are in. */
  setPortrait(image: HTMLImageElement | undefined): void;
  controls: HTMLElement;
  gyroButton: HTMLButtonElement;
  fullscreenButton: HTMLButtonElement;
  /** Styles it anew in another document, which takes no sheets of the former one. */
  adopt(): void;
  /** Sets the size that the element has where the page sets none, in CSS pixels. */
  setSize(width: number, height: number): void;
}

export function attachShadowParts(host: HTMLElement): ShadowParts {
  // One that was declared in the markup is taken over.
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  if (!template) {
    template = document.createElement('template');
    template.innerHTML = MARKUP;
  }
  root.replaceChildren(template.content.cloneNode(true));
  const find = <T extends Element>(selector: string) => root.querySelector<T>(selector)!;
  let size: CSSStyleSheet;
  let sizeStyle = '';
  // Sheets rather than style elements: those are what a strict content security policy forbids.
  const adopt = () => {
    const { ownerDocument } = host;
    const sheet = sheets.get(ownerDocument) ?? newSheet(ownerDocument, STYLE);
    sheets.set(ownerDocument, sheet);
    size = newSheet(ownerDocument, sizeStyle);
    root.adoptedStyleSheets = [size, sheet];
  };
  const setSize = (width: number, height: number) =>
    size.replaceSync((sizeStyle = `:host { width: ${width}px; aspect-ratio: ${width} / ${height}; }`));
  adopt();
  setSize(300, 375);
  return {
    root,
    adopt,
    canvases: new FaceCanvases(find('.faces')),
    placeholder: find('.placeholder'),
    slot: find('slot'),
    setPortrait: (image) => find('slot').replaceChildren(...(image ? [image] : [])),
    controls: find('.controls'),
    gyroButton: find('[part~="gyro-button"]'),
    fullscreenButton: find('[part~="fullscreen-button"]'),
    setSize,
  };
}

function newSheet(document: Document, style: string): CSSStyleSheet {
  const sheet = new (viewOf(document).CSSStyleSheet)();
  sheet.replaceSync(style);
  return sheet;
}
