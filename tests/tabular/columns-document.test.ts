import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const page = readFileSync(join(import.meta.dirname, '../../docs/columns.md'), 'utf8');
const rows = [...page.matchAll(/\| `([a-z-]+)`: (.+) \|$/gm)].map(
  ([, file, name]) => [file ?? '', name ?? ''] as const,
);

describe('docs/columns.md', () => {
  it.each(rows)('docs/columns.md names an existing test: %s, %s', (file, name) => {
    const [path = ''] = globSync(`**/${file}.test.ts`, { cwd: import.meta.dirname });
    const source = readFileSync(join(import.meta.dirname, path), 'utf8');
    // A name stands in quotes, or as the key of an example.
    expect([`'${name}'`, ` ${name}: {`].some((form) => source.includes(form))).toBe(true);
  });

  it('docs/columns.md has a test for every row of its tables', () => {
    // Tables of names are read by tests/runtime/python, which depends on each of them.
    const examples = page.replaceAll(/<!-- table: .*?<!-- end -->/gs, '');
    const lines = examples.split('\n').filter((line) => line.startsWith('| ') && !line.endsWith('| Test |'));
    expect(lines).toHaveLength(rows.length);
  });
});
