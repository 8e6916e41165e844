/**
 * Writes the page with the runtime in it: one file, which predicts without a network and without a server.
 *
 *   node examples/browser-prediction/build.ts [prediction.html]
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const path = process.argv[2] ?? 'prediction.html';
const { outputFiles } = await build({
  entryPoints: [join(import.meta.dirname, 'page.ts')],
  bundle: true,
  minify: true,
  write: false,
  format: 'esm',
  target: 'es2022',
  // Of the language levels in tsconfig.json, a browser's is the one above.
  tsconfigRaw: '{}',
});
const page = await readFile(join(import.meta.dirname, 'page.html'), 'utf8');
// In a script element, only this would end it too early.
const script = (outputFiles[0]?.text ?? '').replaceAll('</script', '<\\/script');
await writeFile(
  path,
  page.replace('/* page.ts */', () => script),
);
console.log(`Wrote ${path}: open it in a browser and choose a model file.`);
