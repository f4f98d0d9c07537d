// What lies above a node as the page is laid out: through slots and the hosts of shadow trees.

/** The node itself and all above it, shadow roots among them. */
export function* flatAncestors(node: Node): Generator<Node> {
  for (let at: Node | null | undefined = node; at; at = (at as Element).assignedSlot ?? at.parentNode ?? (at as ShadowRoot).host) yield at;
}
