import { Field, ID, InputType } from 'type-graphql';
import { registerEnum } from '../../api/graphql/enums.ts';
import { badInput } from '../../errors.ts';
import { MODEL_FORMATS, type ModelFormat } from '../model-formats.ts';
import type { DownloadRequest } from './download.service.ts';

const ModelFormatEnum = registerEnum(MODEL_FORMATS, 'ModelFormat', 'The format of a model file.', {
  TRAINYARD_JSON: "Trainyard's own, with the preprocessing: see docs/model-format.md.",
  ML_CART_JSON: 'A DECISION_TREE of numbers, for the library ml-cart.',
  ML_LOGISTIC_REGRESSION_JSON: 'A LINEAR classifier of numbers, for the library ml-logistic-regression.',
  ONNX: 'Any model, with its preprocessing, for ONNX Runtime: see docs/model-format.md.',
});

@InputType({ description: 'What to download: exactly one id.' })
export class DownloadInput {
  @Field(() => ID, { nullable: true, description: 'A dataset: the file as it was uploaded.' })
  datasetId?: string | null;

  @Field(() => ID, { nullable: true, description: 'A model.' })
  artifactId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'A run that has SUCCEEDED: its test rows as a CSV file, each with its number in the file (the first row of data is 1), the actual and the predicted value, and probabilities. Of more than 1,000,000 test rows a sample.',
  })
  trainingRunId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'A run that has SUCCEEDED and was trained with folds: the training rows that these have predicted, as the file of its test rows has those.',
  })
  outOfFoldRunId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      "A batch prediction that has SUCCEEDED: the dataset's file with the predictions beside each row. Cells that spreadsheets would run as formulas begin with an apostrophe.",
  })
  batchPredictionId?: string | null;

  @Field(() => ModelFormatEnum, { nullable: true, description: 'The format of a model; TRAINYARD_JSON by default.' })
  format?: ModelFormat | null;
}

const KINDS: Readonly<Record<ModelFormat, DownloadRequest['kind']>> = {
  TRAINYARD_JSON: 'artifact',
  ML_CART_JSON: 'ml-cart',
  ML_LOGISTIC_REGRESSION_JSON: 'ml-logistic-regression',
  ONNX: 'onnx',
};

/** Throws BAD_USER_INPUT unless exactly one id is given. */
export function parseDownload({ format = null, ...ids }: DownloadInput): DownloadRequest {
  const given = [
    { kind: 'dataset', id: ids.datasetId ?? null },
    { kind: 'artifact', id: ids.artifactId ?? null },
    { kind: 'predictions', id: ids.trainingRunId ?? null },
    { kind: 'out-of-fold', id: ids.outOfFoldRunId ?? null },
    { kind: 'batch-prediction', id: ids.batchPredictionId ?? null },
  ] as const;
  const [request, ...others] = given.filter(({ id }) => id !== null);
  if (request === undefined || others.length > 0) {
    throw badInput(
      'input',
      'Exactly one of datasetId, artifactId, batchPredictionId, outOfFoldRunId and trainingRunId must be given.',
    );
  }
  if (format !== null && request.kind !== 'artifact') {
    throw badInput('input.format', 'Only a model has a format: datasets and predictions are CSV files.');
  }
  return { kind: format === null ? request.kind : KINDS[format], id: request.id ?? '' };
}
