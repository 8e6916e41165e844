import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { tableRows } from './markdown-table.ts';

/** The pages for operators, whose sections and situations the table of tests has to cover. */
const PAGES = ['deployment', 'backup-and-restore', 'upgrading', 'operations'];

const document = readPage('operations');
const rows = tableRows(document, 'claims').map(([heading = '', tests = '']) => ({
  heading,
  tests: tests.split('<br>'),
}));

function readPage(name: string): string {
  return readFileSync(`docs/${name}.md`, 'utf8');
}

/** Headings of no statements of their own, and those that one row covers together. */
const OTHER_HEADINGS: ReadonlySet<string> = new Set(['Backup', 'Restore', 'What happens if …', 'Tests of these pages']);

/** What the pages say something about: their sections, the situations, and the whole of pages that have one row. */
function headings(): string[] {
  const pages = PAGES.map(readPage);
  const sections = pages.flatMap((page) => [...page.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title));
  const situations = [...document.matchAll(/^\*\*… ([^*]+)\*\*/gm)].map(([, title = '']) => title.replace(/,$/, ''));
  const all = [...sections, ...situations, 'Backup and restore', 'Upgrading', 'The server does not start'];
  return all.filter((heading) => !OTHER_HEADINGS.has(heading));
}

describe('docs/operations.md', () => {
  test('docs/operations.md names tests for each section and question of the pages for operators, and for nothing else', () => {
    expect(rows.map(({ heading }) => heading).sort()).toEqual(headings().sort());
  });

  test('every test that docs/operations.md names exists', () => {
    for (const { heading, tests } of rows) {
      for (const each of tests) {
        const [, path = '', title = ''] = /^`([^`]+)` (.+)$/.exec(each) ?? [];
        expect(existsSync(path), `${heading}: ${each}`).toBe(true);
        expect(readFileSync(path, 'utf8').includes(title), `${heading}: ${each}`).toBe(true);
      }
    }
  });
});
