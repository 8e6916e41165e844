import type { Model, ModelFeature } from '../model.ts';
import type { CellReading } from '../values/cells.ts';
import { textParser } from '../values/text-value.ts';
import { bindModelBy } from './bind-model.ts';
import { categoryCodes } from './encode-features.ts';
import type { InputColumn } from './input-column.ts';
import { walkTrees } from './predict-trees.ts';
import type { Predictions } from './predictions.ts';
import { type InputRow, labelOf, numberOf, plainText } from './rows-to-table.ts';

/** Predicts one row. */
export type RowPredictor = (row: InputRow) => Predictions;

/** A column of one row, and what puts a value of an application's row into it. */
interface RowColumn {
  readonly column: InputColumn;
  readonly put: (row: InputRow) => void;
}

/**
 * Binds a model once to a table of one row, which each call fills anew: what predictTable says of tableFromRows for one
 * row, without their preparations for many. Some microseconds a row.
 */
export function createRowPredictor(model: Model): RowPredictor {
  const { columns, put } = createRowTable(model);
  const predict = bindModelBy(walkTrees, model, { rowCount: 1, columns });
  const first = Int32Array.of(0);
  return (row) => {
    put(row);
    return predict(first);
  };
}

/** A table of one row, which `put` fills. */
export interface RowTable {
  readonly columns: readonly InputColumn[];
  readonly put: (row: InputRow) => void;
}

/** The columns of a model's features. */
export function createRowTable(model: Model): RowTable {
  const features = new Map(model.features.map((feature) => [feature.name, feature]));
  const columns = Array.from(features.values(), (feature) => rowColumn(feature, model.reading));
  return {
    columns: columns.map(({ column }) => column),
    put: (row) => {
      for (const { put } of columns) put(row);
    },
  };
}

function rowColumn(feature: ModelFeature, reading: CellReading): RowColumn {
  const { name } = feature;
  if (feature.kind === 'TEXT') {
    const values: (string | null)[] = [null];
    return {
      column: { storage: 'text', name, values },
      put: (row) => {
        values[0] = plainText(row[name]);
      },
    };
  }
  if (feature.kind !== 'CATEGORY') {
    const parse = textParser(feature, reading);
    const values = new Float64Array(1);
    return {
      column: { storage: 'number', name, values },
      put: (row) => {
        values[0] = numberOf(row[name], parse);
      },
    };
  }
  const { categories } = feature;
  const codeOf = categoryCodes(feature, reading);
  const codes = new Int32Array(1);
  return {
    // The label after the categories stands for all other texts.
    column: {
      storage: 'label',
      name,
      codes,
      labels: [...categories, textBeside([...categories, ...reading.missingTokens])],
    },
    put: (row) => {
      const label = labelOf(row[name], categories, reading);
      const code = label === null ? categories.length + 1 : codeOf(label);
      codes[0] = code > categories.length ? -1 : code;
    },
  };
}

/** A text that is none of `texts`. */
export function textBeside(texts: readonly string[]): string {
  const taken = new Set(texts);
  let text = 'other';
  while (taken.has(text)) text += '.';
  return text;
}
