// Tools that people put the package into pages with: what is installed, what the page is made of, and how it is started.

/** A way in which a tool delivers the page. */
export interface Way {
  name: string;
  /** Arguments of the tool's command, run to its end: a build. */
  build?: string[];
  /** Arguments of the tool's command that serves the page; without it, `folder` is served as plain files. */
  serve?: (port: number) => string[];
  folder?: string;
  /** The page's path. */
  path?: string;
  /** Whether its script has the modules inside. */
  isSingle?: boolean;
  /** Whether a face can be made of a photograph: not where no tool carries the models along, which then is said. */
  makes: boolean;
}

export interface Tool {
  name: string;
  /** Its folder in the cache; those that share one are installed once. */
  folder: string;
  /** What npm installs, with exact versions. */
  packages: Record<string, string>;
  /** The command in node_modules/.bin; none where there is nothing to run. */
  command?: string;
  /** The package whose version stands in the table. */
  shown?: string;
  files: Record<string, string>;
  ways: Way[];
}

/** The body of each page, and what the script does. Addresses of faces come in the page's own: `?site=`. */
const FACES = '<gaze-tracker id="pack" smoothing="1"></gaze-tracker><gaze-tracker id="rig" smoothing="1" hide-controls style="width:128px"></gaze-tracker>';
const page = (script: string) => `<!doctype html><html><head><meta charset="utf-8"><title>faces</title></head><body>${FACES}${script}</body></html>`;
const START = `
const site = new URLSearchParams(location.search).get('site');
document.querySelector('#pack').src = site + '/six/frames.gaze';
document.querySelector('#rig').src = site + '/rig/portrait.gaze';`;
const GENERATE = `
window.generateFace = async (photo, from) => {
  const { generate, setGenerateSource } = await import('gaze-tracker/generate');
  if (from) setGenerateSource(from);
  return generate(photo);
};`;
const MAIN = `import 'gaze-tracker/define';
${START}
${GENERATE}
`;
const MODULE = '<script type="module" src="/main.js"></script>';
const CLASSIC = '<script src="/main.js"></script>';

const vite = (version: string): Tool => ({
  name: `Vite ${parseInt(version)}`,
  folder: `vite${parseInt(version)}`,
  packages: { vite: version },
  command: 'vite',
  shown: 'vite',
  files: { 'index.html': page(MODULE), 'main.js': MAIN, 'elsewhere.config.js': "export default { cacheDir: 'elsewhere' };" },
  ways: [
    { name: 'dev', serve: (port) => ['--host', '127.0.0.1', '--strictPort', '--port', String(port)], makes: true },
    // From there no address leads to the files.
    { name: 'dev, another `cacheDir`', serve: (port) => ['--config', 'elsewhere.config.js', '--host', '127.0.0.1', '--strictPort', '--port', String(port)], makes: parseInt(version) > 7 },
    { name: 'build', build: ['build'], serve: (port) => ['preview', '--host', '127.0.0.1', '--strictPort', '--port', String(port)], makes: true },
  ],
});

const WEBPACK_CONFIG = `export default {
  mode: 'production', entry: './main.js', output: { path: import.meta.dirname + '/dist', filename: 'main.js' },
  devServer: { static: './public', host: '127.0.0.1', hot: false, liveReload: false, client: false, historyApiFallback: true },
};`;

const NEXT_PAGE = `'use client';
import { useEffect } from 'react';
import 'gaze-tracker/define';
export default function Page() {
  useEffect(() => {
    ${START}
    ${GENERATE}
  }, []);
  return <><gaze-tracker id="pack" smoothing="1" /><gaze-tracker id="rig" smoothing="1" hide-controls="" style={{ width: 128 }} /></>;
}`;
const next = (bundler: string, flag: string, folder: string): Tool => ({
  name: `Next (${bundler})`,
  folder,
  packages: { next: '16.4.6', react: '19.3.1', 'react-dom': '19.3.1' },
  command: 'next',
  shown: 'next',
  files: {
    'app/layout.js': 'export default ({ children }) => <html><body>{children}</body></html>;',
    'app/page.js': NEXT_PAGE,
    'next.config.mjs': 'export default { turbopack: { root: import.meta.dirname }, allowedDevOrigins: ["127.0.0.1"] };',
  },
  ways: [
    { name: 'dev', serve: (port) => ['dev', flag, '-H', '127.0.0.1', '-p', String(port)], makes: true },
    { name: 'build', build: ['build', flag], serve: (port) => ['start', '-H', '127.0.0.1', '-p', String(port)], makes: true },
  ],
});

export const TOOLS: Tool[] = [
  ...['5.4.21', '6.4.6', '7.3.8', '8.4.0'].map(vite),
  {
    name: 'webpack',
    folder: 'webpack',
    packages: { webpack: '5.113.0', 'webpack-cli': '7.3.1', 'webpack-dev-server': '5.2.7' },
    command: 'webpack',
    shown: 'webpack',
    files: { 'public/index.html': page('<script defer src="/main.js"></script>'), 'dist/index.html': page('<script defer src="/main.js"></script>'), 'main.js': MAIN, 'webpack.config.mjs': WEBPACK_CONFIG },
    ways: [
      { name: 'dev', serve: (port) => ['serve', '--mode', 'development', '--port', String(port)], makes: true },
      { name: 'build', build: ['build'], folder: 'dist', makes: true },
    ],
  },
  {
    name: 'esbuild',
    folder: 'esbuild',
    packages: { esbuild: '0.28.2' },
    command: 'esbuild',
    shown: 'esbuild',
    files: { 'main.js': MAIN, 'esm/index.html': page(MODULE), 'split/index.html': page(MODULE), 'iife/index.html': page(CLASSIC) },
    ways: [
      { name: 'esm', build: ['main.js', '--bundle', '--format=esm', '--outdir=esm'], folder: 'esm', makes: false },
      { name: 'esm, split', build: ['main.js', '--bundle', '--format=esm', '--splitting', '--outdir=split'], folder: 'split', makes: false },
      { name: 'iife', build: ['main.js', '--bundle', '--minify', '--outdir=iife'], folder: 'iife', makes: false },
    ],
  },
  {
    name: 'Rollup',
    folder: 'rollup',
    packages: { rollup: '4.68.8', '@rollup/plugin-node-resolve': '16.0.3' },
    command: 'rollup',
    shown: 'rollup',
    files: { 'main.js': MAIN, 'es/index.html': page(MODULE), 'iife/index.html': page(CLASSIC) },
    ways: [
      { name: 'es', build: ['main.js', '-p', 'node-resolve', '-f', 'es', '-d', 'es'], folder: 'es', makes: false },
      { name: 'iife', build: ['main.js', '-p', 'node-resolve', '-f', 'iife', '--inlineDynamicImports', '-o', 'iife/main.js'], folder: 'iife', makes: false },
    ],
  },
  {
    name: 'Parcel',
    folder: 'parcel',
    packages: { parcel: '2.16.4' },
    command: 'parcel',
    shown: 'parcel',
    files: { 'index.html': page('<script type="module" src="./main.js"></script>'), 'main.js': MAIN },
    ways: [
      { name: 'dev', serve: (port) => ['serve', 'index.html', '--host', '127.0.0.1', '--no-hmr', '--no-cache', '--port', String(port)], makes: true },
      { name: 'build', build: ['build', 'index.html', '--no-cache', '--dist-dir', 'out'], folder: 'out', makes: true },
    ],
  },
  next('Turbopack', '--turbopack', 'next'),
  next('webpack', '--webpack', 'next-webpack'),
  {
    name: 'no tool',
    folder: 'plain',
    packages: {},
    files: {
      'module.html': page(`<script type="module">${START}
        await import('/node_modules/gaze-tracker/dist/define.js');
        window.generateFace = async (photo) => (await import('/node_modules/gaze-tracker/dist/generate.js')).generate(photo);</script>`),
      'single.html': page(`<script type="module" src="/node_modules/gaze-tracker/dist/gaze-tracker.js"></script><script>${START}</script>`),
      'classic.html': page(`<script src="/node_modules/gaze-tracker/dist/gaze-tracker.classic.js"></script><script>${START}</script>`),
    },
    ways: [
      { name: '`<script type="module">`', folder: '.', path: 'module.html', makes: true },
      { name: 'the same, single file', folder: '.', path: 'single.html', makes: true, isSingle: true },
      { name: '`<script>`, single file', folder: '.', path: 'classic.html', makes: true, isSingle: true },
    ],
  },
];
