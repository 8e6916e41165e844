import { Field, ID, InputType } from 'type-graphql';
import { registerEnum } from '../../api/graphql/enums.ts';
import { badInput } from '../../errors.ts';
import { MODEL_FORMATS, type ModelFormat } from '../model-formats.ts';
import type { DownloadRequest } from './download.service.ts';

const ModelFormatEnum = registerEnum(MODEL_FORMATS, 'ModelFormat', 'The format of a model file.', {
  TRAINYARD_JSON: "Trainyard's own, with the preprocessing: see docs/model-format.md.",
});

@InputType({ description: 'What to download: exactly one id.' })
export class DownloadInput {
  @Field(() => ID, { nullable: true, description: 'A dataset: the file as it was uploaded.' })
  datasetId?: string | null;

  @Field(() => ID, { nullable: true, description: 'A model.' })
  artifactId?: string | null;

  @Field(() => ModelFormatEnum, { nullable: true, description: 'The format of a model; TRAINYARD_JSON by default.' })
  format?: ModelFormat | null;
}

/** Throws BAD_USER_INPUT unless exactly one id is given. */
export function parseDownload({ datasetId = null, artifactId = null, format = null }: DownloadInput): DownloadRequest {
  if ((datasetId === null) === (artifactId === null)) {
    throw badInput('input', 'Exactly one of datasetId and artifactId must be given.');
  }
  if (datasetId === null) return { kind: 'artifact', id: artifactId ?? '' };
  if (format !== null) {
    throw badInput('input.format', 'Only a model has a format; a dataset is the file as it was uploaded.');
  }
  return { kind: 'dataset', id: datasetId };
}
