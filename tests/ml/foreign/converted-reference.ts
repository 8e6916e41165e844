import type { ConversionRequest, ConvertedModel } from '../../../src/ml/foreign/conversion.ts';
import { convertForeignModel } from '../../../src/ml/foreign/convert-foreign-model.ts';
import { foreignColumn } from '../../../src/ml/foreign/foreign-column.ts';
import type { ForeignModel } from '../../../src/ml/foreign/foreign-model.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import { writeModel } from '../../../src/runtime/format/write-model-file.ts';
import type { Model } from '../../../src/runtime/model.ts';
import type { InputColumn, InputTable } from '../../../src/runtime/predict/input-column.ts';
import { predictTable } from '../../../src/runtime/predict/predict.ts';

/** The request that fits a model whose columns are what its file says. */
export function plainRequest(model: ForeignModel, rounds: ConversionRequest['rounds'] = 'BEST'): ConversionRequest {
  const classCount = model.link === 'LOGIT' ? 2 : model.link === 'SOFTMAX' ? model.marginCount : 0;
  return {
    task: classCount === 0 ? 'REGRESSION' : 'CLASSIFICATION',
    target: 'y',
    labels: classCount === 0 ? null : Array.from({ length: classCount }, (_, k) => `class ${k}`),
    columns: model.features.map((feature, f) => {
      const name = feature.name ?? `input ${f}`;
      return foreignColumn(
        feature,
        feature.kind === 'NUMBER' ? { name, kind: 'NUMBER' } : { name, kind: 'CATEGORY', categories: null },
      );
    }),
    missingTokens: [''],
    rounds,
  };
}

/** The model of ours, once it was written to a file and read by the strict reader. */
export function convertAndReadBack(model: ForeignModel, request = plainRequest(model)): ConvertedModel {
  const converted = convertForeignModel(model, request);
  return { ...converted, model: parseModel(writeModel(converted.model)) };
}

/** The same rows, with texts where the model has texts of its own for codes. */
export function withTexts(table: InputTable, { features }: ForeignModel): InputTable {
  return {
    ...table,
    columns: table.columns.map((column, f): InputColumn => {
      const labels = features[f]!.categories;
      if (labels === null || column.storage !== 'number') return column;
      return {
        storage: 'label',
        name: column.name,
        codes: Int32Array.from(column.values, (code) => (code >= 0 ? code : -1)),
        labels,
      };
    }),
  };
}

/** Row after row what the maker's libraries predict: values, the probability of the second of two classes, or one for each class. */
export function makerOutputs(model: Model, table: InputTable, isProbabilityOfSecond: boolean): Float64Array {
  const predictions = predictTable(model, table);
  if (predictions.task === 'REGRESSION') return predictions.values;
  return isProbabilityOfSecond ? predictions.probabilities.filter((_, i) => i % 2 === 1) : predictions.probabilities;
}

/** The largest difference, of numbers above 1 as a share of them. */
export function largestDifference(ours: Float64Array, theirs: Float32Array): number {
  let largest = ours.length === theirs.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < theirs.length; i++) {
    largest = Math.max(largest, Math.abs(ours[i]! - theirs[i]!) / Math.max(1, Math.abs(theirs[i]!)));
  }
  return largest;
}
