import { DecisionTreeClassifier, DecisionTreeRegression } from 'ml-cart';
import LogisticRegression from 'ml-logistic-regression';
import { Matrix } from 'ml-matrix';
import type { Model } from '../../runtime/model.ts';
import { numberReader } from '../../runtime/predict/encode-features.ts';
import { columnsOf, type InputTable } from '../../runtime/predict/input-column.ts';
import { predictTable } from '../../runtime/predict/predict.ts';
import type { Predictions } from '../../runtime/predict/predictions.ts';
import type { NumberProfile } from '../../runtime/training-profile.ts';
import { createRandom, type Random } from '../random.ts';
import { PLAIN_READING } from '../training-set.ts';
import { exportToMlCart } from './ml-cart.ts';
import { exportToMlLogisticRegression } from './ml-logistic-regression.ts';
import { ModelExportError } from './model-export-error.ts';
import { exportToOnnx } from './onnx/export-onnx.ts';

/** The forms that a model can be written in: those of two libraries, and that of ONNX Runtime. */
export type ExportFormat = LibraryFormat | 'ONNX';

type LibraryFormat = 'ML_CART_JSON' | 'ML_LOGISTIC_REGRESSION_JSON';

/** Rows on which the library and the model are compared. */
const COMPARED_ROWS = 1_000;

/** Two probabilities that differ by less may swap their order when means and scales are folded into the weights. */
const CLOSE = 1e-9;

/** How far beyond the range of the training rows the compared rows go, as a share of it. */
const MARGIN = 0.1;

/**
 * Writes a model in another form. Of a library's form, the library itself reads what was written and predicts 1,000 rows, drawn
 * from the ranges of the training rows: unless it predicts what the model does, the export fails. ONNX Runtime is too large to be
 * installed with the server for that (140 MB); tests compare each kind of model in it.
 *
 * @returns JSON in UTF-8, or an ONNX file
 * @throws ModelExportError where the form cannot carry the model
 */
export function exportModel(model: Model, format: ExportFormat): Uint8Array<ArrayBuffer> {
  return format === 'ONNX' ? exportToOnnx(model) : exportToLibrary(model, format);
}

function exportToLibrary(model: Model, format: LibraryFormat): Uint8Array<ArrayBuffer> {
  const profile = numbersOf(model);
  const columnsWithMissing = new Set(profile.filter(({ hasMissing }) => hasMissing).map(({ name }) => name));
  const bytes =
    format === 'ML_CART_JSON'
      ? exportToMlCart(model, columnsWithMissing)
      : exportToMlLogisticRegression(model, columnsWithMissing);
  const rows = drawRows(model, profile);
  const own = predictTable(model, rows.table);
  const theirs = predictWithLibrary(model, format, JSON.parse(new TextDecoder().decode(bytes)), rows.matrix);
  if (!agree(own, theirs)) {
    throw new ModelExportError('NUMBERS_OUT_OF_RANGE', 'the library predicts other labels or values than the model');
  }
  return bytes;
}

/** The profiles of the columns that the model reads; those of categories are left out, which the exporters refuse. */
function numbersOf({ profile, features }: Model): readonly NumberProfile[] {
  if (profile === undefined && features.length > 0) {
    throw new ModelExportError(
      'PROFILE_MISSING',
      'the model was trained before its file told which columns had missing values: train it again',
    );
  }
  return (profile ?? []).filter((column): column is NumberProfile => 'range' in column);
}

interface ComparedRows {
  /** For the model: a column each. */
  readonly table: InputTable;
  /** For the library: a row each. */
  readonly matrix: readonly (readonly number[])[];
}

function drawRows({ features }: Model, profile: readonly NumberProfile[]): ComparedRows {
  const random = createRandom(1);
  const columns = profile.map((column) => {
    const values = Float64Array.from({ length: COMPARED_ROWS }, () => drawValue(column, random));
    return { storage: 'number' as const, name: column.name, values };
  });
  // Of a date the library gets the parts that the model reads.
  const read = columnsOf(features, columns).map((column, f) => {
    const feature = features[f]!;
    const numberAt = numberReader(
      column,
      feature.kind === 'DATETIME' ? feature : { name: feature.name, kind: 'NUMBER' },
      PLAIN_READING,
    );
    return Float64Array.from({ length: COMPARED_ROWS }, (_, row) => numberAt(row));
  });
  const matrix = Array.from({ length: COMPARED_ROWS }, (_, row) => read.map((values) => values[row]!));
  return { table: { rowCount: COMPARED_ROWS, columns }, matrix };
}

/** A number in or a little beyond the range of the training rows; every other time one of the bounds between its deciles. */
function drawValue({ range, bounds, kind }: NumberProfile, random: Random): number {
  if (range === null) return 0;
  if (bounds.length > 0 && random.uniform() < 0.5) return bounds[random.below(bounds.length)]!;
  const width = (range.max - range.min) * (1 + 2 * MARGIN);
  const value = range.min - (range.max - range.min) * MARGIN + random.uniform() * width;
  return kind === 'DATETIME' ? Math.round(value) : value;
}

/** Label numbers, or values. */
function predictWithLibrary(
  model: Model,
  format: LibraryFormat,
  written: unknown,
  rows: readonly (readonly number[])[],
): readonly number[] {
  if (format === 'ML_LOGISTIC_REGRESSION_JSON') {
    // The library has no intercept: the last column is one.
    return LogisticRegression.load(written).predict(new Matrix(rows.map((row) => [...row, 1])));
  }
  const library = model.labels === null ? DecisionTreeRegression : DecisionTreeClassifier;
  return library.load(written).predict(new Matrix(rows.map((row) => [...row])));
}

function agree(own: Predictions, theirs: readonly number[]): boolean {
  if (own.task === 'REGRESSION') return theirs.every((value, row) => value === own.values[row]! + 0);
  const { labels, predicted, probabilities } = own;
  return theirs.every((label, row) => {
    if (label === predicted[row]) return true;
    const at = row * labels.length;
    return Math.abs(probabilities[at + predicted[row]!]! - (probabilities[at + label] ?? 0)) < CLOSE;
  });
}
