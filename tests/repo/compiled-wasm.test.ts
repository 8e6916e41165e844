import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';

test.each(['tabular', 'ml'])('the compiled loops of %s are those of the source', (folder) => {
  const path = join(inject('temporaryDirectory'), `${folder}.wasm`);
  const source = `src/${folder}/assembly/index.ts`;
  execFileSync(process.execPath, [
    'node_modules/assemblyscript/bin/asc.js',
    source,
    '--target',
    folder,
    '--outFile',
    path,
  ]);
  const isCurrent = readFileSync(`dist/${folder}.wasm`).equals(readFileSync(path));
  expect(isCurrent, `src/${folder}/assembly has changed: run "npm run wasm"`).toBe(true);
});
