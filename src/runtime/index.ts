/**
 * `trainyard/runtime`: predicts single rows with a model file, in Node.js and in browsers. It depends on nothing.
 *
 * @example
 * const predict = createRowPredictor(parseModel(await (await fetch('model.json')).text()));
 * predict({ area: 60, district: 'north' }); // => { task: 'CLASSIFICATION', labels: ['no', 'yes'], … }
 */
export { parseModel } from './format/parse-predictor.ts';
export { ModelFormatError } from './format/write-model-file.ts';
export type { Model, ModelFeature } from './model.ts';
export { createRowPredictor, type RowPredictor } from './predict/predict-row.ts';
export type { Predictions } from './predict/predictions.ts';
export type { InputRow } from './predict/rows-to-table.ts';
