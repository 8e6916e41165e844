import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { convertForeignModel } from '../../../src/ml/foreign/convert-foreign-model.ts';
import { readForeignModel } from '../../../src/ml/foreign/read-foreign-model.ts';
import { writeModel } from '../../../src/runtime/format/write-model-file.ts';
import { plainRequest } from '../../ml/foreign/converted-reference.ts';
import { readExpected, referenceBytes, referenceTable, unpack } from '../../ml/foreign/reference-rows.ts';
import { ask, HAS_PYTHON, WITHOUT_PYTHON } from './ask-reader.ts';

const ROWS = 1_000;

/** Of numbers up to 1; of larger ones this share of them. */
const TOLERANCE = 1e-6;

test.runIf(HAS_PYTHON)(
  `a program in Python predicts, by an imported model that reads a number by several features, what its library did${WITHOUT_PYTHON}`,
  () => {
    const name = 'xgb-many-thresholds';
    const foreign = readForeignModel('XGBOOST_JSON', referenceBytes(`${name}.json`));
    const expected = readExpected(name);
    const { columns } = referenceTable(expected);
    const rows = Array.from({ length: ROWS }, (_, row) =>
      Object.fromEntries(
        columns.map((column) => {
          const value = column.storage === 'number' ? column.values[row]! : Number.NaN;
          return [column.name, Number.isNaN(value) ? null : value];
        }),
      ),
    );
    const folder = mkdtempSync(join(tmpdir(), 'imported-'));
    try {
      const path = join(folder, 'model.json');
      writeFileSync(path, writeModel(convertForeignModel(foreign, plainRequest(foreign)).model));
      const [outputs] = ask<[[number][]]>({ predict: [path], rows });
      const theirs = unpack(expected.predictions);
      expect(outputs).toHaveLength(ROWS);
      const distances = outputs.map(([value], row) => Math.abs(value - theirs[row]!) / Math.max(1, Math.abs(value)));
      expect(Math.max(...distances)).toBeLessThan(TOLERANCE);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
