import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const read = (path: string): string => readFileSync(join(import.meta.dirname, path), 'utf8');
const edges = read('../../../docs/importances.md').split('## Edges')[1] ?? '';
const rows = [...edges.matchAll(/\| `([a-z-]+)`: (.+) \|$/gm)].map(([, file, name]) => [file!, name!] as const);

describe('docs/importances.md', () => {
  test.each(rows)('docs/importances.md names an existing test: %s, %s', (file, name) => {
    const [path = ''] = globSync(`../**/${file}.test.ts`, { cwd: import.meta.dirname });
    expect(read(path)).toContain(`'${name}'`);
  });

  test('docs/importances.md has a test for every edge case', () => {
    const lines = edges.split('\n').filter((line) => line.startsWith('| ') && !line.endsWith('| Test |'));
    expect(lines).toHaveLength(rows.length);
    expect(rows.length).toBeGreaterThan(5);
  });
});
