/**
 * Writes the compiled loops of src/runtime/assembly into a module of text, which a browser loads with the package and no more. Part
 * of `npm run wasm`; the module is committed, so that the sources run without a build.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

const text = readFileSync(join(ROOT, 'dist/runtime.wasm')).toString('base64');
writeFileSync(
  join(ROOT, 'src/runtime/predict/tree-module.ts'),
  `/** Generated from src/runtime/assembly/index.ts by "npm run wasm". */\nexport const TREE_MODULE =\n  '${text}';\n`,
);
