// @ts-check
// Attaches and removes widgets when the address has `rounds=WARM,ROUNDS`, and tells the server when each batch is
// done. The page does so by itself: a browser that is watched through its debugging port keeps the bodies of
// responses in the renderer, some 200 MB of them, which would be taken for a leak.
{
  const parameters = new URLSearchParams(location.search);
  const batches = parameters.get('rounds')?.split(',').map(Number) ?? [];
  const sheets = parameters.get('sheets') ?? '';
  /** @param {number} ms */
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  addEventListener('load', async () => {
    for (const [batch, count] of batches.entries()) {
      for (let i = 0; i < count; i += 1) {
        const widget = await window.bench.mount(sheets);
        await widget.ready;
        // Two frames, so that it has drawn.
        await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
        widget.remove();
      }
      // Freed memory takes a while to go back to the system.
      for (let i = 0; i < 4; i += 1) {
        gc();
        await sleep(1500);
      }
      const heap = /** @type {any} */ (performance).memory.usedJSHeapSize;
      await fetch(`/batch-done?batch=${batch}&heap=${heap}`);
      // Memory is read meanwhile.
      await sleep(3000);
    }
  });
}
