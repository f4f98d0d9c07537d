// The caption: the words of each state, where the focus goes, and what is told to those who do not see it. index.html has
// a template for each; `slot data-part` stands for a template that several share.
import { find } from './find.js';

const label = find('.label');
const status = find('[role=status]');
const frame = find<SVGElement>('.frame');

export interface CaptionOptions {
  /** What led away before gets the focus back. */
  returnTo?: string | undefined;
  /** The template, where it is not the state's own. */
  name?: string;
  /** Fills the caption in. */
  fillIn?: () => void;
  /** What is told where nobody asked, in place of what the template has. */
  news?: string | undefined;
}

/** Puts up the caption of a state. `isAsked`: the visitor did that, so the focus goes to its title, or to what led away
 * before; else it stays where it was, and the news is told. */
export function showCaption(state: string, isAsked: boolean, { returnTo, name = state, fillIn, news }: CaptionOptions = {}): void {
  const template = find<HTMLTemplateElement>(`template#${name}`);
  const held = label.contains(document.activeElement) ? actionOf(document.activeElement) : undefined;
  const isFirst = !label.querySelector('h1');
  const content = template.content.cloneNode(true) as DocumentFragment;
  for (const slot of content.querySelectorAll<HTMLSlotElement>('slot[data-part]')) {
    slot.replaceWith(find<HTMLTemplateElement>(`template#part-${slot.dataset.part}`).content.cloneNode(true));
  }
  label.replaceChildren(content);
  label.className = `label ${template.dataset.kind ?? ''}`;
  label.classList.toggle('brief', !label.querySelector('.verbs.row'));
  document.body.dataset.state = state;
  fillIn?.();
  const title = find('h1', label);
  document.title = template.dataset.title ?? `${seenText(title).replace(/\.$/, '')} · gaze`;
  if (isFirst) return;
  // Begins anew.
  void label.offsetWidth;
  label.classList.add('settles');
  if (isAsked) {
    (action(returnTo) ?? title).focus({ preventScroll: true });
    return;
  }
  // Nobody loses their place.
  if (held !== undefined) (action(held) ?? title).focus({ preventScroll: true });
  tell(news ?? template.dataset.news ?? '');
}

/** Tells those who do not see it. */
export function tell(news: string): void {
  status.textContent = news;
}

/** A part of the caption that is filled in; none where this state has no such part. */
export function part(name: string): HTMLElement | undefined {
  return label.querySelector<HTMLElement>(`[data-fill="${name}"]`) ?? undefined;
}

/** Fills parts of the caption in. What is right already is left alone. */
export function fill(values: Record<string, string>): void {
  for (const [name, text] of Object.entries(values)) {
    const element = part(name);
    if (element && element.textContent !== text) element.textContent = text;
  }
}

/** Draws the frame's line, in a hundred; closes it for good; none: there is nothing to wait for. */
export function drawFrame(done: number | 'closed' | undefined): void {
  const picture = find('.picture');
  picture.toggleAttribute('data-p', done !== undefined);
  if (done === undefined) picture.style.removeProperty('--p');
  else picture.style.setProperty('--p', String(done === 'closed' ? 100 : done));
  if (typeof done !== 'number') {
    for (const name of ['role', 'aria-label', 'aria-valuenow', 'aria-valuetext']) frame.removeAttribute(name);
    frame.setAttribute('aria-hidden', 'true');
    return;
  }
  frame.removeAttribute('aria-hidden');
  frame.setAttribute('role', 'progressbar');
  frame.setAttribute('aria-label', 'Making the portrait');
  frame.setAttribute('aria-valuenow', String(Math.round(done)));
}

/** Says it on a button for a moment. */
export function sayOn(button: HTMLElement, words: string): void {
  const part = button.querySelector<HTMLElement>('[data-says]') ?? button.querySelector<HTMLElement>('span') ?? button;
  tell(words);
  // Twice in a row: the words before are still known.
  const before = saying.get(part) ?? [...part.childNodes];
  saying.set(part, before);
  part.replaceChildren(words);
  setTimeout(() => {
    part.replaceChildren(...before);
    saying.delete(part);
  }, 1800);
}

const saying = new WeakMap<HTMLElement, ChildNode[]>();

/** The words that this visitor sees: some are there for those with a mouse alone. */
function seenText(element: HTMLElement): string {
  const words = [...element.childNodes].filter((node) => !(node instanceof HTMLElement) || getComputedStyle(node).display !== 'none');
  return words.map(({ textContent }) => textContent).join('').trim();
}

function actionOf(element: Element | null): string | undefined {
  if (element instanceof HTMLInputElement) return `${element.name}=${element.value}`;
  return element instanceof HTMLElement ? (element.dataset.do ?? '') : undefined;
}

/** What does that in the caption, or else in a corner. */
function action(name: string | undefined): HTMLElement | undefined {
  if (!name) return undefined;
  const [group, value] = name.split('=');
  const selector = value === undefined ? `[data-do="${name}"]` : `input[name="${group}"][value="${value}"]`;
  return label.querySelector<HTMLElement>(selector) ?? document.querySelector<HTMLElement>(`.corners ${selector}:not([hidden])`) ?? undefined;
}
