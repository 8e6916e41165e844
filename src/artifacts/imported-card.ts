import { type ImportedModel, NO_DATASET } from '../training/imports/imported-model.ts';
import type { PlannedRun } from '../training/runs/training-run.store.ts';
import { codeBlock, plainText, table } from './markdown.ts';

/** What a card tells of the file that a model was imported from. */
export function originRows({ format, maker, objective, filename, sizeBytes, sha256 }: ImportedModel): string[][] {
  return [
    ['imported from', format],
    ['made by', plainText(maker)],
    ['objective', plainText(objective)],
    ['file', `${plainText(filename)}, ${sizeBytes} bytes`],
    ['SHA-256 of the file', sha256],
  ];
}

/** In the place of the split of a training. */
export function evaluatedRows({ testRows }: Pick<PlannedRun, 'testRows'>): string {
  const about =
    testRows === null
      ? 'The model has not been evaluated: no dataset was named.'
      : 'The model was trained elsewhere, on rows that are not known here. Where these are among those that it was evaluated on, the figures are too good.';
  const rows =
    testRows === null ? '' : `\n\n${table(['', ''], [['evaluated on', `all ${testRows} rows that have a target`]])}`;
  return `## Rows\n\n${about}${rows}`;
}

/** In the place of how a model is trained again. `isWhole`: whether the run has all of its features. */
export function importAgain(
  { name, target, task, features, datasetId, imported }: PlannedRun,
  isWhole: boolean,
): string {
  const input = {
    format: imported?.format,
    name,
    ...(datasetId === NO_DATASET.id ? {} : { datasetId }),
    ...{ target, task },
    ...(isWhole ? { features } : {}),
  };
  const about =
    'The same file with the same input, and with the same labels where some were named, gives the same model.';
  return `## To import it again\n\n${about}\n\nInput of \`importModel\`:\n\n${codeBlock('json', JSON.stringify(input, null, 2))}`;
}
