/** What the pages and probe.js put on `window`. */
interface Window {
  probe?: any;
  bench: { mount(suffix: string): Promise<{ ready: Promise<unknown>; remove(): void }> };
  clock: { readonly now: number; to(time: number): Promise<void> };
  motion: any;
}
