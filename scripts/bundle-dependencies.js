/**
 * Bundles what the server depends on into a few files under dist/bundled/, for a quick start: Node needs 0.6 s and more
 * to find and read the 700 modules of these packages one by one. src/quick-imports.ts leads the server's imports here;
 * without the folder they are found in node_modules as ever. Run by `npm run build`; does nothing
 * while the lockfile is the same as at the last time. JavaScript, because npm runs it with whatever Node there is.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { BUNDLED_MODULES, bundledName } from '../dist/bundled-modules.js';
import { currentStamp, STAMP_FILE } from './bundle-stamp.js';

const ROOT = join(import.meta.dirname, '..');
const FOLDER = join(ROOT, 'dist/bundled');
const ENTRIES = join(ROOT, 'dist/bundled-entries');
const require = createRequire(import.meta.url);

/**
 * What is not exported by the bundle of a module: namespaces that bring along zod's messages in all languages (440 kB).
 *
 * @type {Record<string, readonly string[]>}
 */
const LEFT_OUT = { 'zod/mini': ['core', 'locales', 'z'] };

/**
 * A file that exports by name what a module exports: from a CommonJS module `export *` would give nothing.
 *
 * @param {string} module
 */
async function writeEntry(module) {
  const names = Object.keys(await import(module)).filter(
    (name) => /^[A-Za-z_$][\w$]*$/.test(name) && !LEFT_OUT[module]?.includes(name),
  );
  const path = join(ENTRIES, `${bundledName(module)}.js`);
  await writeFile(path, `export { ${names.join(', ')} } from '${module}';\n`);
  return path;
}

const current = await currentStamp();
const last = await readFile(STAMP_FILE, 'utf8').catch(() => null);
if (last !== current) {
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(ENTRIES, { recursive: true });
  // type-graphql looks for this as soon as it is loaded.
  await import('reflect-metadata');
  const entryPoints = Object.fromEntries(
    await Promise.all(BUNDLED_MODULES.map(async (module) => [bundledName(module), await writeEntry(module)])),
  );
  await build({
    absWorkingDir: ROOT,
    entryPoints,
    outdir: FOLDER,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    keepNames: true,
    logLevel: 'warning',
    // One copy of graphql, the one that CommonJS packages require: with two every instanceof check fails.
    mainFields: ['main', 'module'],
    alias: { graphql: require.resolve('graphql') },
    // Optional peers that are not installed.
    external: ['pg-native', 'class-validator'],
    banner: {
      js: "import { createRequire as bundledRequire } from 'node:module'; const require = bundledRequire(import.meta.url);",
    },
  });
  await rm(ENTRIES, { recursive: true, force: true });
  await writeFile(STAMP_FILE, current);
}
