import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** Where a benchmark names a module of the build, which the types do not check: its path below src and dist. */
const BUILT_MODULE = /\b(?:built|moduleAt)\(\s*'([^']+)'/g;

test('every module of the build that a benchmark loads has a source', () => {
  const named = globSync('benchmarks/**/*.ts', { cwd: ROOT, exclude: ['**/node_modules/**'] }).flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(BUILT_MODULE)].map(([, name]) => name ?? ''),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !existsSync(join(ROOT, 'src', `${name}.ts`)))).toEqual([]);
});
