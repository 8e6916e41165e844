import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { Cost } from '../../api/graphql/field-cost.ts';
import type { People } from '../people.ts';
import { type TokenTransport, TokenTransportEnum, TRANSPORT_DESCRIPTION } from '../sessions/session.input.ts';
import { deliverSession, keepDevice, rememberDevice } from '../sessions/session.mapper.ts';
import { SessionType } from '../sessions/session.type.ts';
import { userOf } from '../viewer.ts';
import { toUser } from '../workspaces/membership.mapper.ts';
import { DeletedAccountType, SecretChangedType } from './account.type.ts';
import { refuseLargeMessage } from './password-queue.ts';
import { UserType } from './user.type.ts';

@Resolver()
export class AccountResolver {
  readonly #people: People;

  constructor(people: People) {
    this.#people = people;
  }

  @Mutation(() => UserType, { nullable: true, description: 'Changes the name of the signed-in user.' })
  async updateProfile(
    @Ctx() { caller }: Context,
    @Arg('name', () => String, { nullable: true, description: 'Null removes it; left out, it stays.' })
    name: string | null | undefined,
  ): Promise<UserType> {
    const { accounts } = this.#people;
    const viewer = userOf(caller.viewer);
    return toUser(name === undefined ? await accounts.profile(viewer) : await accounts.updateProfile(viewer, name));
  }

  @Cost({ isOncePerOperation: true })
  @Mutation(() => SecretChangedType, {
    nullable: true,
    description: 'Sets another password. All other sessions of the user end.',
  })
  async changePassword(
    @Ctx() { caller, address, operationInfo, cookies }: Context,
    @Arg('current', () => String) current: string,
    @Arg('new', () => String, { description: 'At least 8 characters.' }) next: string,
  ): Promise<SecretChangedType> {
    refuseLargeMessage(operationInfo.bytes);
    const { accounts, devices } = this.#people;
    const viewer = userOf(caller.viewer);
    const signedOutElsewhere = await accounts.changePassword(viewer, { current, next }, address);
    const { email } = await accounts.profile(viewer);
    if (email !== null) await keepDevice(email, cookies, devices);
    return { signedOutElsewhere };
  }

  @Cost({ isOncePerOperation: true })
  @Mutation(() => Boolean, {
    nullable: true,
    description:
      'Mails a link to set a new password, if there is an account of this address. Always true. The link is valid for an hour, once.',
  })
  requestPasswordReset(@Ctx() { address, operationInfo }: Context, @Arg('email', () => String) email: string): boolean {
    refuseLargeMessage(operationInfo.bytes);
    this.#people.accounts.requestPasswordReset(email, address);
    return true;
  }

  @Cost({ isOncePerOperation: true })
  @Mutation(() => SessionType, {
    nullable: true,
    description:
      'Sets a password by the token of a mailed link. All sessions and API keys of the user end, and a new session begins.',
  })
  async resetPassword(
    @Ctx() { address, operationInfo, cookies }: Context,
    @Arg('token', () => String, { description: 'What follows token= in the link.' }) token: string,
    @Arg('new', () => String, { description: 'At least 8 characters.' }) password: string,
    @Arg('tokenTransport', () => TokenTransportEnum, {
      nullable: true,
      defaultValue: 'COOKIE',
      description: TRANSPORT_DESCRIPTION,
    })
    tokenTransport: TokenTransport | null,
  ): Promise<SessionType> {
    refuseLargeMessage(operationInfo.bytes);
    const { accounts, auth, devices } = this.#people;
    const transport = tokenTransport ?? 'COOKIE';
    const opened = await accounts.resetPassword(token, password, address);
    const session = await deliverSession(opened, transport, cookies, auth);
    const email = session.viewer.user?.email ?? null;
    if (email !== null) await rememberDevice(email, transport, cookies, devices);
    return session;
  }

  @Mutation(() => UserType, {
    nullable: true,
    description: 'Confirms the e-mail address of a user, by the token of a mailed link.',
  })
  async verifyEmail(
    @Arg('token', () => String, { description: 'What follows token= in the link.' }) token: string,
  ): Promise<UserType> {
    return toUser(await this.#people.accounts.verifyEmail(token));
  }

  @Cost({ isOncePerOperation: true })
  @Mutation(() => DeletedAccountType, {
    nullable: true,
    description:
      'Deletes the account of the signed-in user, for good. Refused while the user is the only owner of a workspace that has other members.',
  })
  async deleteAccount(
    @Ctx() { caller, address, operationInfo, cookies }: Context,
    @Arg('password', () => String) password: string,
  ): Promise<DeletedAccountType> {
    refuseLargeMessage(operationInfo.bytes);
    const id = await this.#people.deletion.deleteAccount(userOf(caller.viewer), password, address);
    cookies.clear();
    return { id };
  }
}
