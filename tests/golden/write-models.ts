import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseModel } from '../../src/runtime/format/model-file-schema.ts';
import { MODEL_VERSION } from '../../src/runtime/format/write-model-file.ts';
import { STORE_ROWS, storesCsv, writtenStoreModels } from './store-models.ts';
import { predictionsOf } from './written-models.ts';

// Writes models of every estimator, rows and what the models say of them into a folder for this version of the model file:
//   node tests/golden/write-models.ts
// Run once for each version, by the code that first writes it. What a folder holds is never written again: later code has to
// read the models of all versions, and to predict the same. Files of version 4 are those with means of texts; models of
// written-models.ts, which have none, are of version 3 to this day.

const folder = join(import.meta.dirname, `version-${MODEL_VERSION}`);
const temporary = mkdtempSync(join(tmpdir(), 'golden-'));
try {
  const csvPath = join(temporary, 'stores.csv');
  writeFileSync(csvPath, storesCsv());
  mkdirSync(folder);
  const predictions: Record<string, unknown> = {};
  for (const { name, trained } of writtenStoreModels(csvPath)) {
    writeFileSync(join(folder, `${name}.model.json`), trained.modelBytes);
    predictions[name] = predictionsOf(parseModel(trained.modelBytes), STORE_ROWS);
  }
  writeFileSync(join(folder, 'predictions.json'), `${JSON.stringify({ rows: STORE_ROWS, predictions }, null, 1)}\n`);
} finally {
  rmSync(temporary, { recursive: true });
}
