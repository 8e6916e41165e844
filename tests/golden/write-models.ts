import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrainedModel } from '../../src/ml/train-model.ts';
import { parseModel } from '../../src/runtime/format/model-file-schema.ts';
import type { InputRow } from '../../src/runtime/predict/rows-to-table.ts';
import { STORE_ROWS, storesCsv, writtenStoreModels } from './store-models.ts';
import { flatsCsv, predictionsOf, ROWS, writtenModels } from './written-models.ts';

// Writes models of every estimator, rows and what the models say of them into a folder for each version of the model file
// that is still written:
//   node tests/golden/write-models.ts
// Run once for each version, by the code that first writes it. A folder that stands is never written again: later code has to
// read the models of all versions, and to predict the same.

interface GoldenModels {
  readonly csv: string;
  readonly models: (csvPath: string) => Iterable<{ readonly name: string; readonly trained: TrainedModel }>;
  readonly rows: readonly InputRow[];
}

/** By the version that their files have: 4 are those with means of texts. */
const VERSIONS: Readonly<Record<number, GoldenModels>> = {
  3: { csv: flatsCsv(), models: writtenModels, rows: ROWS },
  4: { csv: storesCsv(), models: writtenStoreModels, rows: STORE_ROWS },
};

const temporary = mkdtempSync(join(tmpdir(), 'golden-'));
try {
  for (const [version, golden] of Object.entries(VERSIONS)) {
    const folder = join(import.meta.dirname, `version-${version}`);
    if (!existsSync(folder)) writeFolder(folder, golden);
  }
} finally {
  rmSync(temporary, { recursive: true });
}

function writeFolder(folder: string, { csv, models, rows }: GoldenModels): void {
  const csvPath = join(temporary, 'rows.csv');
  writeFileSync(csvPath, csv);
  mkdirSync(folder);
  const predictions: Record<string, unknown> = {};
  for (const { name, trained } of models(csvPath)) {
    writeFileSync(join(folder, `${name}.model.json`), trained.modelBytes);
    predictions[name] = predictionsOf(parseModel(trained.modelBytes), rows);
  }
  writeFileSync(join(folder, 'predictions.json'), `${JSON.stringify({ rows, predictions }, null, 1)}\n`);
}
