import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseModel } from '../../src/runtime/format/model-file-schema.ts';
import type { InputRow } from '../../src/runtime/predict/rows-to-table.ts';
import { ORDER_ROWS, ordersCsv, writtenOrderModels } from './order-models.ts';
import { STORE_ROWS, storesCsv, writtenStoreModels } from './store-models.ts';
import { flatsCsv, predictionsOf, ROWS, type WrittenModel, writtenModels } from './written-models.ts';

// Writes models of every estimator, rows and what the models say of them into a folder for each version of the model file
// that is still written:
//   node tests/golden/write-models.ts
// Run once for each version, and for each new kind of models, by the code that first writes it. A file that stands is never
// written again: later code has to read the models of all versions, and to predict the same.

/** What the models of a folder say of its rows, and the intervals that they have. */
interface Written {
  readonly predictions: Record<string, unknown>;
  readonly intervals: Record<string, unknown>;
}

interface GoldenModels {
  readonly csv: string;
  readonly models: (csvPath: string) => Iterable<WrittenModel>;
  readonly rows: readonly InputRow[];
}

/** By the version that their files have: 4 are those with means of texts, 5 those with more parts of dates and days between dates. */
const VERSIONS: Readonly<Record<number, GoldenModels>> = {
  3: { csv: flatsCsv(), models: writtenModels, rows: ROWS },
  4: { csv: storesCsv(), models: writtenStoreModels, rows: STORE_ROWS },
  5: { csv: ordersCsv(), models: writtenOrderModels, rows: ORDER_ROWS },
};

const temporary = mkdtempSync(join(tmpdir(), 'golden-'));
try {
  for (const [version, golden] of Object.entries(VERSIONS)) {
    writeFolder(join(import.meta.dirname, `version-${version}`), golden);
  }
} finally {
  rmSync(temporary, { recursive: true });
}

function writeFolder(folder: string, { csv, models, rows }: GoldenModels): void {
  const csvPath = join(temporary, 'rows.csv');
  writeFileSync(csvPath, csv);
  mkdirSync(folder, { recursive: true });
  const predictionsPath = join(folder, 'predictions.json');
  const known = existsSync(predictionsPath)
    ? (JSON.parse(readFileSync(predictionsPath, 'utf8')) as Partial<Written>)
    : {};
  const { predictions = {}, intervals = {} } = known;
  for (const { name, modelBytes } of models(csvPath)) {
    const path = join(folder, `${name}.model.json`);
    if (existsSync(path)) continue;
    writeFileSync(path, modelBytes);
    const model = parseModel(modelBytes);
    predictions[name] = predictionsOf(model, rows);
    if (model.interval !== undefined) intervals[name] = model.interval;
  }
  writeFileSync(predictionsPath, `${JSON.stringify({ rows, predictions, intervals }, null, 1)}\n`);
}
