import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';

test.each(['tabular', 'ml'])('the compiled loops of %s are those of the source', (kernel) => {
  const path = join(inject('temporaryDirectory'), `${kernel}.wasm`);
  const source = `src/${kernel}/assembly/index.ts`;
  execFileSync(process.execPath, [
    'node_modules/assemblyscript/bin/asc.js',
    source,
    '--target',
    kernel,
    '--outFile',
    path,
  ]);
  const isCurrent = readFileSync(`dist/${kernel}.wasm`).equals(readFileSync(path));
  expect(isCurrent, `src/${kernel}/assembly has changed: run "npm run wasm"`).toBe(true);
});
