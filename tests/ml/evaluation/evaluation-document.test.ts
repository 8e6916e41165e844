import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { accuracyInterval } from '../../../src/ml/evaluation/accuracy-interval.ts';

const read = (path: string): string => readFileSync(join(import.meta.dirname, path), 'utf8');
const page = read('../../../docs/evaluation.md');
const rows = [...page.matchAll(/\| `([a-z-]+)`: (.+) \|$/gm)].map(
  ([, file, name]) => [file ?? '', name ?? ''] as const,
);

describe('docs/evaluation.md', () => {
  test.each(rows)('docs/evaluation.md names an existing test: %s, %s', (file, name) => {
    // The cases of the reference have their names there.
    const [path = ''] = globSync(`../**/${file}.test.ts`, { cwd: import.meta.dirname });
    const forms = [read(path).includes(`'${name}'`)];
    if (file === 'evaluation-reference') forms.push(read('../reference/evaluation.json').includes(`"name":"${name}"`));
    expect(forms).toContain(true);
  });

  test('docs/evaluation.md has a test for every edge case', () => {
    const edges = (page.split('## Edges')[1]?.split('\n## ')[0] ?? '').split('\n');
    expect(edges.filter((line) => line.startsWith('| ') && !line.endsWith('| Test |'))).toHaveLength(rows.length);
    expect(rows.length).toBeGreaterThan(10);
  });

  test('docs/evaluation.md gives the interval of its example', () => {
    expect(page).toContain(`20 of 20 right gives ${accuracyInterval(20, 20).low.toFixed(2)} to 1`);
  });
});
