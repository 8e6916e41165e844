import { Field, ID, ObjectType } from 'type-graphql';
import { connectionType } from '../../api/graphql/pagination.ts';
import { MembershipType } from './workspace.type.ts';

export const MembershipConnection = connectionType('Membership', () => MembershipType);

@ObjectType('RemovedMember')
export class RemovedMemberType {
  @Field(() => ID, { description: 'Id of the membership.' })
  id!: string;
}
