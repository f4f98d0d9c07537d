// Elements of the page that are sure to be there: index.html has them.

/** The first element that matches. Throws where there is none, which only a page of another version has. */
export function find<E extends Element = HTMLElement>(selector: string, within: ParentNode = document): E {
  const element = within.querySelector<E>(selector);
  if (!element) throw new Error(`the page has no ${selector}`);
  return element;
}
