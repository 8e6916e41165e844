import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { checkInspection } from '../check-inspection.ts';
import { mutatedFile } from './mutated-files.ts';

/** benchmarks/csv-mutations.ts takes ten thousand. */
const COUNT = 600;

it('mutated files are accepted or refused with issues that say where, by both readers alike', async () => {
  const folder = mkdtempSync(join(inject('temporaryDirectory'), 'mutated-'));
  let accepted = 0;
  let compared = 0;
  for (let seed = 0; seed < COUNT; seed++) {
    const { bytes, recipe } = mutatedFile(seed);
    const { report, wrong, isCompared } = await checkInspection(bytes, folder, seed % 2 === 0 ? 1 + (seed % 300) : 0);
    expect(wrong, `file ${seed}: ${recipe.join(', ')}`).toEqual([]);
    if (report.accepted) accepted++;
    if (isCompared) compared++;
  }
  // Mutations that leave every file whole, or none, would test little.
  expect(accepted / COUNT).toBeGreaterThan(0.15);
  expect(accepted / COUNT).toBeLessThan(0.85);
  expect(compared / COUNT).toBeGreaterThan(0.3);
});
