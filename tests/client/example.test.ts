import { globSync, readFileSync } from 'node:fs';
import { build, defaultClientConditions } from 'vite';
import { expect, test } from 'vitest';

const FOLDER = 'examples/react-app';

test('the example app builds, and has fewer than 150 lines', async () => {
  const sources = globSync(['src/*', '*.js', '*.html'], { cwd: FOLDER });
  const lines = sources.flatMap((path) => readFileSync(`${FOLDER}/${path}`, 'utf8').trimEnd().split('\n'));
  expect(sources.length).toBeGreaterThan(3);
  expect(lines.length).toBeLessThan(150);
  const built = await build({
    root: FOLDER,
    logLevel: 'error',
    build: { write: false },
    // From its sources: they need not have been built.
    resolve: { conditions: ['@trainyard/source', ...defaultClientConditions] },
  });
  const chunks = [built].flat().flatMap((output) => ('output' in output ? output.output : []));
  const code = chunks.map((chunk) => ('code' in chunk ? chunk.code : '')).join('\n');
  expect(code).toContain('trainingProgress');
  expect(code).toContain('apollo-require-preflight');
});
