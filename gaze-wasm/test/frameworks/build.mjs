// Builds an app for browsers and for the server, where it is: node build.mjs FOLDER FRAMEWORK. What NODE_ENV says counts.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import vue from '@vitejs/plugin-vue';
import { build } from 'vite';

const [root, framework] = process.argv.slice(2);
const mode = process.env.NODE_ENV;
const plugins = {
  react: [],
  preact: [],
  vue: [vue({ template: { compilerOptions: { isCustomElement: (tag) => tag === 'gaze-tracker' } } })],
  svelte: [svelte({ configFile: false })],
};
const shared = {
  root,
  mode,
  configFile: false,
  logLevel: 'warn',
  base: './',
  plugins: plugins[framework],
  define: { 'process.env.NODE_ENV': JSON.stringify(mode), __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'true' },
};
writeFileSync(join(root, 'client.js'), `import { start } from './${framework}';\nstart(document.querySelector('#root'));\n`);
writeFileSync(join(root, 'define.js'), "import 'gaze-tracker/define';\n");
const input = { client: join(root, 'client.js'), define: join(root, 'define.js') };
await build({ ...shared, build: { outDir: 'client', rolldownOptions: { input, output: { entryFileNames: '[name].js' } } } });
await build({ ...shared, build: { ssr: `${framework}-server`, outDir: 'server', rolldownOptions: { output: { entryFileNames: 'app.js' } } } });
