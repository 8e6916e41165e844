import { Field, ObjectType } from 'type-graphql';
import { DateTime, SafeInt } from '../../api/graphql/scalars.ts';

@ObjectType('Download', { description: 'Where a file can be had.' })
export class DownloadType {
  @Field(() => String, { description: 'The address; it needs no header. Follow it at once, and do not store it.' })
  url!: string;

  @Field(() => DateTime, {
    description: 'Until when a download can begin, or go on after it broke off: five minutes at most.',
  })
  expiresAt!: Date;

  @Field(() => String, { description: 'Name of the file.' })
  filename!: string;

  @Field(() => SafeInt, { nullable: true, description: 'Size of the file.' })
  sizeBytes!: number | null;
}
