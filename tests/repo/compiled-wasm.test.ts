import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { TREE_MODULE } from '../../src/runtime/predict/tree-module.ts';

const SOURCES = [
  ['tabular', 'src/tabular/assembly/index.ts'],
  ['ml', 'src/ml/assembly/index.ts'],
  ['runtime', 'src/runtime/assembly/index.ts'],
] as const;

test.each(SOURCES)('the compiled loops of %s are those of the source', (folder, source) => {
  const path = join(inject('temporaryDirectory'), `${folder}.wasm`);
  execFileSync(process.execPath, [
    'node_modules/assemblyscript/bin/asc.js',
    source,
    '--target',
    folder,
    '--outFile',
    path,
  ]);
  const compiled = readFileSync(path);
  // The runtime carries its own, as text.
  const current = folder === 'runtime' ? Buffer.from(TREE_MODULE, 'base64') : readFileSync(`dist/${folder}.wasm`);
  expect(current.equals(compiled), `src/${folder}/assembly has changed: run "npm run wasm"`).toBe(true);
});
