import { countCodes, countNumbers, type GroupCounts } from '../../../ml/drift/column-drift.ts';
import { firstFeatures } from '../../../ml/known-rows/known-rows.ts';
import { addToHash, ROW_HASH_SEED } from '../../../ml/known-rows/row-hash.ts';
import type { Model, WordsFeature } from '../../../runtime/model.ts';
import { numberReader } from '../../../runtime/predict/encode-features.ts';
import type { InputColumn } from '../../../runtime/predict/input-column.ts';
import { textBeside } from '../../../runtime/predict/predict-row.ts';
import type { InputRow } from '../../../runtime/predict/rows-to-table.ts';
import type { ColumnProfile } from '../../../runtime/training-profile.ts';
import { isMissing, trimCell } from '../../../runtime/values/cells.ts';
import { type CellText, CodeCellReader, NumberCellReader } from './cell-readers.ts';

/** A column of a model for some rows at a time. */
interface FeatureColumn {
  readonly name: string;
  readonly input: InputColumn;
  /** Reads the cell of a row. */
  readonly read: (row: number, bytes: Uint8Array, start: number, end: number) => void;
  readonly readText: (row: number, text: string) => void;
  readonly hashValue: (row: number) => number;
  /** The value as an application would send it. */
  readonly jsonValue: (row: number) => number | string | null;
  readonly count: (rows: number, counts: GroupCounts) => void;
  readonly takeUnreadable: () => number;
}

/** The columns that a model reads, for up to `capacity` rows at a time, filled anew for each batch. */
export class FeatureColumns {
  readonly columns: readonly FeatureColumn[];

  constructor(model: Model, capacity: number, text: CellText) {
    const profiles = new Map(model.profile?.map((profile) => [profile.name, profile]));
    this.columns = firstFeatures(model.features).map(({ feature }) => {
      const profile = profiles.get(feature.name) ?? null;
      if (feature.kind === 'TEXT') return textColumn(feature, model, capacity, text, profile);
      if (feature.kind !== 'CATEGORY') {
        return numberColumn(feature.name, new NumberCellReader(feature, model.reading, text), capacity, profile);
      }
      return codeColumn(
        feature.name,
        feature.categories,
        new CodeCellReader(feature, model.reading, text),
        capacity,
        model,
      );
    });
  }

  /** The hash of a row's values, to which that of its target is to be added. */
  hashOf(row: number): number {
    let hash = ROW_HASH_SEED;
    for (const { hashValue } of this.columns) hash = addToHash(hash, hashValue(row));
    return hash;
  }

  /** A row as an application would send it. */
  jsonRow(row: number): InputRow {
    return Object.fromEntries(this.columns.map(({ name, jsonValue }) => [name, jsonValue(row)]));
  }
}

function numberColumn(
  name: string,
  reader: NumberCellReader,
  capacity: number,
  profile: ColumnProfile | null,
): FeatureColumn {
  const values = new Float64Array(capacity);
  return {
    name,
    input: { storage: 'number', name, values },
    read: (row, bytes, start, end) => {
      values[row] = reader.read(bytes, start, end);
    },
    readText: (row, text) => {
      values[row] = reader.readText(text);
    },
    hashValue: (row) => values[row]!,
    jsonValue: (row) => (Number.isNaN(values[row]!) ? null : values[row]!),
    count: (rows, counts) => {
      if (profile !== null && 'bounds' in profile) countNumbers(profile, values.subarray(0, rows), counts);
    },
    takeUnreadable: () => {
      const { unreadable } = reader;
      reader.unreadable = 0;
      return unreadable;
    },
  };
}

/** A column of free texts: each is read by the predictor itself, and counted and hashed by the number of its first feature. */
function textColumn(
  feature: WordsFeature,
  { reading }: Pick<Model, 'reading'>,
  capacity: number,
  textOf: CellText,
  profile: ColumnProfile | null,
): FeatureColumn {
  const { name } = feature;
  const values = new Array<string | null>(capacity).fill(null);
  const input = { storage: 'text', name, values } as const;
  const scoreAt = numberReader(input, feature, reading);
  const readText = (row: number, text: string) => {
    values[row] = isMissing(trimCell(text), reading) ? null : text;
  };
  return {
    name,
    input,
    read: (row, bytes, start, end) => readText(row, start === end ? '' : textOf(bytes, start, end)),
    readText,
    hashValue: scoreAt,
    jsonValue: (row) => values[row]!,
    count: (rows, counts) => {
      if (profile === null || !('bounds' in profile)) return;
      countNumbers(
        profile,
        Float64Array.from({ length: rows }, (_, row) => scoreAt(row)),
        counts,
      );
    },
    takeUnreadable: () => 0,
  };
}

function codeColumn(
  name: string,
  categories: readonly string[],
  reader: CodeCellReader,
  capacity: number,
  { reading }: Pick<Model, 'reading'>,
): FeatureColumn {
  const codes = new Int32Array(capacity);
  const labels = [...categories, textBeside([...categories, ...reading.missingTokens])];
  return {
    name,
    input: { storage: 'label', name, codes, labels },
    read: (row, bytes, start, end) => {
      codes[row] = reader.read(bytes, start, end);
    },
    readText: (row, text) => {
      codes[row] = reader.readText(text);
    },
    hashValue: (row) => codes[row]!,
    jsonValue: (row) => labels[codes[row]!] ?? null,
    count: (rows, counts) => countCodes(codes.subarray(0, rows), counts),
    takeUnreadable: () => 0,
  };
}
