/**
 * Claim: whatever bytes come, a file is accepted or refused with issues that say what is wrong and where; nothing crashes and
 * nothing hangs.
 *
 *   node benchmarks/csv-mutations.ts [--count 10000] [--seed 1]
 *
 * Mutates small fixtures (tests/tabular/reader/mutated-files.ts) and inspects each; every third also with the reader of large
 * files, in blocks of 1 to 400 bytes, which has to agree in every value and every issue. Accepted tables are written and
 * read back. Fails where anything is wrong, or one file takes more than 5 s.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CheckedInspection, checkInspection } from '../tests/tabular/check-inspection.ts';
import { mutatedFile } from '../tests/tabular/reader/mutated-files.ts';

const LONGEST_MILLISECONDS = 5000;

const { values } = parseArgs({
  options: { count: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
});
const count = Number(values.count);
const firstSeed = Number(values.seed) * 1_000_000;

const folder = mkdtempSync(join(tmpdir(), 'csv-mutations-'));
const codes = new Map<string, number>();
let accepted = 0;
let compared = 0;
let slowest = 0;
let wrongFiles = 0;
try {
  for (let file = 0; file < count; file++) await inspectOne(firstSeed + file, file % 3 === 0 ? 1 + (file % 400) : 0);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${count} files, seed ${values.seed}, node ${process.version}`);
console.log(`accepted ${accepted}, refused ${count - accepted - wrongFiles}, wrong ${wrongFiles}`);
console.log(`read by both readers ${compared}; the slowest file took ${slowest.toFixed(0)} ms`);
console.log('\nfiles with each issue:');
for (const [code, files] of [...codes].sort(([left], [right]) => (left < right ? -1 : 1))) {
  console.log(`${code.padEnd(28)} ${String(files).padStart(6)}`);
}
process.exitCode = wrongFiles === 0 ? 0 : 1;

async function inspectOne(seed: number, blockBytes: number): Promise<void> {
  const { bytes, recipe } = mutatedFile(seed);
  let checked: CheckedInspection;
  try {
    checked = await checkInspection(bytes, folder, blockBytes);
  } catch (error) {
    return complain(seed, recipe, [error instanceof Error ? (error.stack ?? error.message) : String(error)]);
  }
  const { report, milliseconds, wrong, isCompared } = checked;
  slowest = Math.max(slowest, milliseconds);
  if (milliseconds > LONGEST_MILLISECONDS) return complain(seed, recipe, [`took ${milliseconds.toFixed(0)} ms`]);
  if (wrong.length > 0) return complain(seed, recipe, wrong);
  if (report.accepted) accepted++;
  if (isCompared) compared++;
  for (const code of new Set(report.issues.map((issue) => issue.code))) codes.set(code, (codes.get(code) ?? 0) + 1);
}

function complain(seed: number, recipe: readonly string[], wrong: readonly string[]): void {
  wrongFiles++;
  console.log(`file ${seed} (${recipe.join(', ')}): ${wrong.join('; ')}`);
}
