import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Resolver, Root } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { type Connection, parsePage, toConnection } from '../../api/graphql/pagination.ts';
import { userOf } from '../viewer.ts';
import { MembershipConnection, RemovedMemberType } from './member.type.ts';
import type { Members } from './members.service.ts';
import { toMembership } from './membership.mapper.ts';
import type { Role } from './workspace.table.ts';
import { MembershipType, RoleEnum, WorkspaceType } from './workspace.type.ts';

@Resolver(() => WorkspaceType)
export class MemberResolver {
  readonly #members: Members;

  constructor(members: Members) {
    this.#members = members;
  }

  @FieldResolver(() => MembershipConnection, { nullable: true, description: 'The members, newest first.' })
  async members(
    @Root() { id, viewerRole }: WorkspaceType,
    @Arg('first', () => Int, { defaultValue: 50 }) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
  ): Promise<Connection<MembershipType>> {
    const page = parsePage(first, after);
    const records = await this.#members.list(id, page);
    const rows = records.map((record) => ({ ...record.membership, record }));
    return toConnection(
      rows,
      page,
      ({ record }) => toMembership(record, viewerRole),
      () => this.#members.count(id),
    );
  }

  @Mutation(() => MembershipType, {
    nullable: true,
    description: 'Gives a member another role. CONFLICT if the workspace would be left without an OWNER.',
  })
  async changeRole(
    @Arg('membershipId', () => ID) membershipId: string,
    @Arg('role', () => RoleEnum) role: Role,
    @Ctx() { caller }: Context,
  ): Promise<MembershipType> {
    const viewer = userOf(caller.viewer);
    const record = await this.#members.changeRole(viewer, membershipId, role);
    const isOneself = record.membership.id === viewer.membershipId;
    return toMembership(record, isOneself ? record.membership.role : viewer.role);
  }

  @Mutation(() => RemovedMemberType, {
    nullable: true,
    description:
      'Removes a member from the workspace; everybody may remove themselves. Their WebSockets in it close, and their links end.',
  })
  async removeMember(
    @Arg('membershipId', () => ID) membershipId: string,
    @Ctx() { caller }: Context,
  ): Promise<RemovedMemberType> {
    await this.#members.remove(userOf(caller.viewer), membershipId);
    return { id: membershipId };
  }
}
