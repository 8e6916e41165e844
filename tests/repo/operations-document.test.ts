import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { tableRows } from './markdown-table.ts';

const document = readFileSync('docs/operations.md', 'utf8');
const rows = tableRows(document, 'claims').map(([heading = '', trials = '']) => ({
  heading,
  trials: trials.split('<br>'),
}));

/** What the page says something about: its sections, and each of its questions. */
function headings(): string[] {
  const sections = [...document.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title);
  const headings = [...document.matchAll(/^\*\*… ([^*]+)\*\*/gm)].map(([, heading = '']) => heading.replace(/,$/, ''));
  return [...sections, ...headings].filter(
    (heading) => !['What happens if …', 'What holds this page'].includes(heading),
  );
}

describe('docs/operations.md', () => {
  test('names for each section and question what tries it, and nothing that it does not speak of', () => {
    expect(rows.map(({ heading }) => heading).sort()).toEqual(headings().sort());
  });

  test('names tests that there are', () => {
    for (const { heading, trials } of rows) {
      for (const trial of trials) {
        const [, path = '', title = ''] = /^`([^`]+)` (.+)$/.exec(trial) ?? [];
        expect(existsSync(path), `${heading}: ${trial}`).toBe(true);
        expect(readFileSync(path, 'utf8').includes(title), `${heading}: ${trial}`).toBe(true);
      }
    }
  });
});
