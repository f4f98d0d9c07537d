// Opens faces in JupyterLab and in marimo, moves the mouse, and looks whether they follow. Called by scripts/test-notebooks.sh.
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { extname, join } from 'node:path';
import { createRequire } from 'node:module';

const { chromium } = createRequire(new URL('../../gaze-wasm/package.json', import.meta.url))('playwright-core');
const [portrait, work, pictures] = process.argv.slice(2);
const FLAGS = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
/** A saved notebook grows by at most so many bytes a face. */
const SAVED_BYTES = 200_000;

const PORTRAIT = `portrait${extname(portrait)}`;
copyFileSync(portrait, join(work, PORTRAIT));
const servers = [];
let failed = 0;
function check(what, isRight, detail = '') {
  console.log(`${isRight ? 'ok  ' : 'FAIL'} ${what}${detail === '' ? '' : `: ${detail}`}`);
  if (!isRight) failed++;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a server and waits until it answers. */
async function serve(command, args, address, env = {}) {
  const child = spawn(command, args, { cwd: work, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  child.stderr.on('data', (text) => (output += text));
  servers.push({ child, output: () => output });
  for (let i = 0; i < 120; i++) {
    if (child.exitCode !== null) break;
    if (await fetch(address).then((answer) => answer.ok, () => false)) return child;
    await pause(500);
  }
  throw new Error(`${command} does not answer:\n${output}`);
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A page that reaches this machine alone, and what it asked for beyond. */
async function openPage(browser) {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  const refused = [];
  await page.route((url) => !['127.0.0.1', 'localhost'].includes(url.hostname), (route) => {
    refused.push(route.request().url());
    return route.abort();
  });
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  return { page, refused, errors };
}

/** Faces on the page, shadow trees included. Locators of Playwright's look into those too, but know no pattern of names. */
function facesIn(page) {
  return page.evaluate(() => {
    const found = [];
    const walk = (root) => {
      for (const element of root.querySelectorAll('*')) {
        if (element.localName.startsWith('gaze-tracker-')) found.push(element);
        if (element.shadowRoot) walk(element.shadowRoot);
      }
    };
    walk(document);
    window.faces = found;
    return found.map((face) => ({ ready: face.ready, name: face.localName, ...face.getBoundingClientRect().toJSON() }));
  });
}

async function waitForFaces(page, count, ms = 60_000) {
  let faces = [];
  for (const end = Date.now() + ms; Date.now() < end; await pause(250)) {
    faces = await facesIn(page);
    if (faces.length === count && faces.every(({ ready }) => ready)) return faces;
  }
  return faces;
}

/** The pixels of a face's canvas, small: enough to tell whether it moved. */
function pixelsOf(page, index) {
  return page.evaluate((index) => {
    const canvas = window.faces[index].shadowRoot.querySelector('canvas');
    const small = new OffscreenCanvas(64, 64).getContext('2d');
    small.drawImage(canvas, 0, 0, 64, 64);
    return [...small.getImageData(0, 0, 64, 64).data];
  }, index);
}

/** Moves the mouse to both sides of a face and returns by how many levels at most its picture changed. */
async function follow(page, index = 0) {
  await page.evaluate((index) => window.faces[index].scrollIntoView({ block: 'center' }), index);
  await pause(500);
  const { x, y, width, height } = (await facesIn(page))[index];
  const seen = [];
  for (const side of [x + 2, x + width - 2]) {
    await page.mouse.move(side, y + height / 2, { steps: 5 });
    await page.mouse.move(side < x + width / 2 ? 5 : 1275, y + height / 2, { steps: 5 });
    await pause(1500);
    seen.push({ gaze: await page.evaluate((index) => window.faces[index].gaze, index), pixels: await pixelsOf(page, index) });
  }
  const change = Math.max(...seen[0].pixels.map((value, i) => Math.abs(value - seen[1].pixels[i])));
  return { change, gazes: seen.map(({ gaze }) => gaze.x.toFixed(2)) };
}

async function checkFollows(page, what, index = 0) {
  if (!(await facesIn(page))[index]) {
    await page.screenshot({ path: join(pictures, 'failed.png') });
    return check(`${what} follows the mouse`, false, 'it is not there');
  }
  const { change, gazes } = await follow(page, index);
  check(`${what} follows the mouse`, change > 20 && gazes[0] < -0.2 && gazes[1] > 0.2, `pixels change by ${change} levels, gaze ${gazes.join(' to ')}`);
}

const cell = (id, ...lines) => ({ cell_type: 'code', id, metadata: {}, execution_count: null, outputs: [], source: lines.join('\n') });
const SETUP = [
  'from gaze_generator import GazeGenerator',
  'generator = GazeGenerator("embedded")',
];

async function jupyter(browser) {
  for (const [folder, file, settings] of [
    ['@jupyter-widgets/jupyterlab-manager', 'plugin', { saveState: true }],
    ['@jupyterlab/apputils-extension', 'notification', { fetchNews: 'false', checkForUpdates: false }],
  ]) {
    mkdirSync(join(work, 'settings', folder), { recursive: true });
    writeFileSync(join(work, 'settings', folder, `${file}.jupyterlab-settings`), JSON.stringify(settings));
  }
  const write = (name, cells) =>
    writeFileSync(join(work, name), JSON.stringify({ cells, metadata: { kernelspec: { name: 'python3', display_name: 'Python 3' } }, nbformat: 4, nbformat_minor: 5 }));
  write('face.ipynb', [
    cell('setup', ...SETUP),
    cell('face', `result = generator.generate("${PORTRAIT}", "face", grid=4, max_size=384, force=True)`, 'result'),
    cell('count', 'from ipywidgets.widgets.widget import _instances', 'len(_instances)'),
  ]);
  write('pack.ipynb', [
    cell('setup', ...SETUP),
    cell('face', `generator.generate("${PORTRAIT}", "frames", grid=6, rig=False, max_size=256, force=True).widget(width=200, label="Frames")`),
  ]);
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const server = await serve('jupyter-lab', [
    '--no-browser', '--allow-root', '--ip=127.0.0.1', `--port=${port}`, `--notebook-dir=${work}`, '--IdentityProvider.token=', '--ServerApp.password=',
  ], `${address}/api`, { JUPYTERLAB_SETTINGS_DIR: join(work, 'settings'), JUPYTER_CONFIG_DIR: join(work, 'config'), JUPYTER_DATA_DIR: join(work, 'data'), IPYTHONDIR: join(work, 'ipython') });

  const { page, refused, errors } = await openPage(browser);
  const goTo = async (name, kernel) => {
    await page.goto(`${address}/lab/tree/${name}?reset`);
    await page.locator('.jp-Notebook .jp-Cell').first().waitFor({ timeout: 60_000 });
    await page.locator('.jp-Dialog').getByRole('button', { name: kernel }).click({ timeout: 5000 }).catch(() => undefined);
  };
  const open = async (name) => {
    await goTo(name, 'Select');
    await page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').waitFor({ timeout: 60_000 });
  };
  const runAll = async () => {
    await page.getByRole('menuitem', { name: 'Run', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Run All Cells', exact: true }).click();
  };
  const save = async (name) => {
    const before = statSync(join(work, name)).mtimeMs;
    await page.keyboard.press('Control+s');
    for (let i = 0; i < 60 && statSync(join(work, name)).mtimeMs === before; i++) await pause(250);
    return readFileSync(join(work, name), 'utf8');
  };
  const text = () => page.locator('.jp-OutputArea-output').allInnerTexts().then((texts) => texts.join('\n').slice(0, 1000));

  await open('face.ipynb');
  const empty = readFileSync(join(work, 'face.ipynb')).length;
  await runAll();
  let faces = await waitForFaces(page, 1);
  check('JupyterLab shows a result alive', faces.length === 1 && faces[0].ready, faces.length ? `${faces[0].name}, ${faces[0].width} x ${faces[0].height} px` : await text());
  await checkFollows(page, 'a rig in JupyterLab');
  await page.keyboard.press('Control+b');
  await page.mouse.move(1150, 300);
  await pause(1500);
  await page.screenshot({ path: join(pictures, 'jupyterlab.png'), clip: { x: 0, y: 0, width: 900, height: 606 } });
  const { nodes } = await (await page.context().newCDPSession(page)).send('Accessibility.getFullAXTree');
  const images = nodes.filter(({ role, name }) => role?.value === 'image' && name?.value === 'Portrait that follows the pointer');
  check('it is an image to screen readers', images.length === 1, images.length);
  const saved = await save('face.ipynb');
  check('a saved notebook grows by at most 200 kB', saved.length - empty <= SAVED_BYTES && saved.includes('"_rig"'), `${saved.length - empty} bytes`);
  const kernelWidgets = () => page.locator('.jp-Notebook .jp-Cell').nth(2).locator('.jp-OutputArea-output').innerText().then(Number);
  const before = { widgets: await kernelWidgets(), saved: saved.length };

  for (let run = 0; run < 30; run++) {
    await page.locator('.jp-Notebook .jp-Cell').nth(1).locator('.jp-InputPrompt').click();
    await page.keyboard.press('Control+Enter');
    await page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').waitFor({ timeout: 60_000 });
    await pause(300);
  }
  await page.locator('.jp-Notebook .jp-Cell').nth(2).locator('.jp-InputPrompt').click();
  await page.keyboard.press('Control+Enter');
  await pause(1500);
  faces = await waitForFaces(page, 1);
  const again = await save('face.ipynb');
  check('thirty re-runs leave one face on the page', faces.length === 1 && faces[0].ready, faces.length);
  check('and no widget in the kernel', (await kernelWidgets()) === before.widgets, `${await kernelWidgets()} after ${before.widgets}`);
  check('and nothing in the saved notebook', Math.abs(again.length - before.saved) < 1000, `${again.length} after ${before.saved} bytes`);
  await checkFollows(page, 'the face of the last run');

  // Without a kernel.
  const sessions = await (await fetch(`${address}/api/sessions`)).json();
  for (const { id } of sessions) await fetch(`${address}/api/sessions/${id}`, { method: 'DELETE' });
  await goTo('face.ipynb', 'No Kernel');
  faces = await waitForFaces(page, 1, 30_000);
  check('a saved notebook shows it without having run', faces.length === 1 && faces[0].ready, faces.length ? '' : await text());
  if (faces.length) await checkFollows(page, 'the saved face');

  await open('pack.ipynb');
  await runAll();
  faces = await waitForFaces(page, 1);
  check('JupyterLab shows a result without a rig', faces.length === 1 && faces[0].ready, faces.length ? `${faces[0].width} px wide` : await text());
  await checkFollows(page, 'frames in JupyterLab');
  const frames = await save('pack.ipynb');
  check('its saved notebook has a picture instead', frames.length < 80_000 && frames.includes('data:image/jpeg'), `${frames.length} bytes`);
  await page.screenshot({ path: join(pictures, 'jupyterlab-frames.png') });

  const ours = refused.filter((url) => !/jupyter\.org|mathjax/i.test(url));
  check('nothing is asked of the network', ours.length === 0, ours.join(' ') || `beside JupyterLab's own: ${refused.length}`);
  check('no exception in the page', errors.filter((error) => /gaze/i.test(error)).length === 0, errors.join(' | ').slice(0, 500));
  await page.context().close();
  server.kill();
}

async function marimo(browser) {
  const body = (lines) => lines.map((line) => `    ${line}\n`).join('');
  writeFileSync(join(work, 'face.py'), `import marimo as mo

app = mo.App()


@app.cell
def _():
${body(['import marimo as mo', ...SETUP])}    return (generator, mo)


@app.cell
def _(generator):
${body([`result = generator.generate("${PORTRAIT}", "marimo-face", grid=4, force=True)`, 'result'])}    return (result,)


@app.cell
def _(generator):
${body([`generator.rig("${PORTRAIT}", max_size=256).widget(width=160, css="border-radius: 50%; --gaze-fit: cover; aspect-ratio: 1")`])}    return


@app.cell
def _(generator):
${body([`generator.generate("${PORTRAIT}", "marimo-frames", grid=6, rig=False, max_size=256, force=True)`])}    return


@app.cell
def _(mo):
    again = mo.ui.button(label="Again", value=0, on_click=lambda value: value + 1)
    again
    return (again,)


@app.cell
def _(again, generator):
    shown = generator.rig("${PORTRAIT}", max_size=128).widget(label=f"Run {again.value}")
    shown
    return (shown,)


@app.cell
def _(mo, shown):
    from ipywidgets.widgets.widget import _instances
    mo.md(f"widgets: {len(_instances)} after {shown.label}")
    return


if __name__ == "__main__":
    app.run()
`);
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const server = await serve('marimo', ['run', 'face.py', '--headless', '--host', '127.0.0.1', '--port', String(port), '--no-token'], `${address}/health`);
  const { page, refused, errors } = await openPage(browser);
  await page.goto(address);
  const faces = await waitForFaces(page, 4);
  const text = await page.locator('body').innerText();
  check('marimo shows a result, a rig and frames alive', faces.length === 4 && faces.every(({ ready }) => ready), faces.length === 4 ? faces.map(({ width }) => `${width} px`).join(', ') : text.slice(0, 1000));
  for (const [index, what] of ['a result', 'a rig', 'frames'].entries()) if (faces[index]?.ready) await checkFollows(page, `${what} in marimo`, index);
  const widgets = async (run) => Number((await page.getByText(`after Run ${run}`).innerText()).match(/widgets: (\d+)/)[1]);
  const before = await widgets(0);
  for (let run = 1; run <= 30; run++) {
    await page.getByRole('button', { name: 'Again' }).click();
    await page.getByText(`after Run ${run}`).waitFor();
  }
  const after = await waitForFaces(page, 4);
  check('thirty re-runs in marimo leave one face on the page', after.length === 4 && after[3].ready, after.length - 3);
  // One more, which the next run lets go.
  check('and no widget in the kernel', (await widgets(30)) <= before + 2, `${await widgets(30)} after ${before}`);
  await checkFollows(page, 'the face of the last run in marimo', 3);
  await page.evaluate(() => window.faces[0]?.scrollIntoView());
  await pause(500);
  await page.screenshot({ path: join(pictures, 'marimo.png') });
  check('marimo: no exception that speaks of gaze', errors.filter((error) => /gaze/i.test(error)).length === 0, errors.join(' | ').slice(0, 500));
  check('marimo: nothing is asked of the network', refused.length === 0, [...new Set(refused)].join(' ').slice(0, 500));
  await page.context().close();
  server.kill();
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
try {
  const only = process.env.GAZE_NOTEBOOKS ?? 'jupyter marimo';
  if (only.includes('jupyter')) await jupyter(browser);
  if (only.includes('marimo')) await marimo(browser);
} catch (error) {
  for (const { output } of servers) console.error(output().slice(-3000));
  throw error;
} finally {
  await browser.close();
  for (const { child } of servers) child.kill();
}
console.log(failed ? `${failed} checks failed` : 'all is well');
process.exitCode = failed ? 1 : 0;
