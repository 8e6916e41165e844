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
  test('docs/operations.md names a test for each of its sections and questions, and for nothing else', () => {
    expect(rows.map(({ heading }) => heading).sort()).toEqual(headings().sort());
  });

  test('every test that docs/operations.md names exists', () => {
    for (const { heading, trials } of rows) {
      for (const trial of trials) {
        const [, path = '', title = ''] = /^`([^`]+)` (.+)$/.exec(trial) ?? [];
        expect(existsSync(path), `${heading}: ${trial}`).toBe(true);
        expect(readFileSync(path, 'utf8').includes(title), `${heading}: ${trial}`).toBe(true);
      }
    }
  });
});
