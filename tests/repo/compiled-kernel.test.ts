import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';

test('the compiled loops are those of the source', () => {
  const path = join(inject('temporaryDirectory'), 'tabular.wasm');
  execFileSync(process.execPath, ['node_modules/assemblyscript/bin/asc.js', '--outFile', path]);
  const isCurrent = readFileSync('dist/tabular.wasm').equals(readFileSync(path));
  expect(isCurrent, 'src/tabular/assembly has changed: run "npm run prepare"').toBe(true);
});
