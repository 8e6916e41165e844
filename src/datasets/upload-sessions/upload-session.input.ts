import { Field, InputType } from 'type-graphql';
import { SafeInt } from '../../api/graphql/scalars.ts';
import { InputErrors } from '../../errors.ts';
import { UploadDatasetInput } from '../dataset.input.ts';
import { parseUploadOptions } from '../uploads/upload-options.ts';
import type { UploadRequest } from './upload-sessions.service.ts';

@InputType({ description: 'A file that is to be sent in parts.' })
export class CreateUploadInput {
  @Field(() => String, { description: 'Name of the file.' })
  filename!: string;

  @Field(() => SafeInt, { description: 'Exact size of the file.' })
  sizeBytes!: number;

  @Field(() => UploadDatasetInput, { nullable: true, description: 'As for uploadDataset.' })
  dataset?: UploadDatasetInput | null;
}

/** Throws BAD_USER_INPUT for what cannot be. */
export function parseUploadRequest({ filename, sizeBytes, dataset = null }: CreateUploadInput): UploadRequest {
  const errors = new InputErrors();
  const options = errors.collect(() => parseUploadOptions(dataset, 'input.dataset'));
  return errors.complete({ filename, sizeBytes, options });
}
