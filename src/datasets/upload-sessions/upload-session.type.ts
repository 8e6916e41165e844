import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { registerEnum } from '../../api/graphql/enums.ts';
import { NodeType } from '../../api/graphql/node.ts';
import { DateTime, SafeInt } from '../../api/graphql/scalars.ts';
import { RunErrorType } from '../../jobs/job.type.ts';
import type { UploadSessionRow } from './upload-session.store.ts';
import { UPLOAD_STATUSES, type UploadStatus } from './upload-session-status.ts';

const UploadSessionStatusEnum = registerEnum(
  UPLOAD_STATUSES,
  'UploadSessionStatus',
  'The status of an upload session.',
  {
    RECEIVING: 'Takes parts.',
    QUEUED: 'Complete; waits to be read.',
    READING: 'The file is being read.',
    DONE: 'Stored as a dataset; see payload.',
    REFUSED: 'The file was refused; see the report in payload.',
    FAILED: 'The file could not be read; see error.',
    ABORTED: 'Ended by abortUpload, or because it was not completed in time.',
  },
);

@ObjectType('UploadPart', { description: 'Where a part of a file is to be sent.' })
export class UploadPartType {
  @Field(() => Int, { description: 'Number of the part, from 1.' })
  number!: number;

  @Field(() => String, { description: 'The address to PUT the bytes of the part to. It needs no header.' })
  url!: string;

  @Field(() => SafeInt, { description: 'The exact size of the part.' })
  sizeBytes!: number;

  @Field(() => DateTime, { description: 'Until when the address is valid: at most an hour. Ask for a new one then.' })
  expiresAt!: Date;
}

@ObjectType('UploadSession', {
  description: 'A file that is sent in parts, and then read in the background.',
  implements: NodeType,
})
export class UploadSessionType {
  @Field(() => ID)
  id!: string;

  @Field(() => UploadSessionStatusEnum)
  status!: UploadStatus;

  @Field(() => String, { description: 'Name of the file.' })
  filename!: string;

  @Field(() => SafeInt, { description: 'Size of the file.' })
  sizeBytes!: number;

  @Field(() => SafeInt, { description: 'Size of each part but the last, which has what is left.' })
  partSizeBytes!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Estimated seconds until the file has been read; null when unknown.',
  })
  etaSeconds!: number | null;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When the upload is aborted if it has not been completed.' })
  expiresAt!: Date;

  @Field(() => RunErrorType, { nullable: true, description: 'Set when FAILED, or when ABORTED because it expired.' })
  error!: RunErrorType | null;

  /** As it is stored, for the fields that read more. */
  row!: UploadSessionRow;
}
