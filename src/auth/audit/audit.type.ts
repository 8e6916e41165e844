import { Field, ID, ObjectType } from 'type-graphql';
import { connectionType } from '../../api/graphql/pagination.ts';
import { DateTime, JSONObject } from '../../api/graphql/scalars.ts';
import { ApiKeyType } from '../api-keys/api-key.type.ts';
import { UserType } from '../users/user.type.ts';

@ObjectType('AuditEntry', { description: 'Something that was done in a workspace. Entries are never changed.' })
export class AuditEntryType {
  @Field(() => ID)
  id!: string;

  @Field(() => DateTime)
  at!: Date;

  @Field(() => String, { description: 'What was done, such as `dataset.uploaded`; docs/security.md lists all.' })
  action!: string;

  @Field(() => UserType, {
    nullable: true,
    description: 'Who did it. Null for an API key, for the server itself, and if the account is gone.',
  })
  actor!: UserType | null;

  @Field(() => ApiKeyType, { nullable: true, description: 'The API key that did it, also if it was revoked since.' })
  apiKey!: ApiKeyType | null;

  @Field(() => String, { nullable: true, description: 'What it was done to: an id, or an e-mail address.' })
  subject!: string | null;

  @Field(() => JSONObject, { nullable: true })
  details!: object | null;
}

export const AuditEntryConnection = connectionType('AuditEntry', () => AuditEntryType);
