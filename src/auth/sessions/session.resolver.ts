import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { Cost } from '../../api/graphql/field-cost.ts';
import { TrainyardError } from '../../errors.ts';
import type { People } from '../people.ts';
import { refuseLargeMessage } from '../users/password-queue.ts';
import { userOf } from '../viewer.ts';
import type { SignInOrigin } from './known-devices.ts';
import { SignInInput, SignUpInput, type TokenTransport } from './session.input.ts';
import {
  deliverSession,
  rememberDevice,
  toMachineViewerType,
  toOutsideViewerType,
  toViewerType,
} from './session.mapper.ts';
import { SessionType, SignedOutType, ViewerType } from './session.type.ts';
import type { OpenedSession } from './session-tokens.service.ts';

@Resolver()
export class SessionResolver {
  readonly #people: People;

  constructor(people: People) {
    this.#people = people;
  }

  @Query(() => ViewerType, {
    nullable: true,
    description: 'The signed-in user; null, without an error, if nobody is signed in.',
  })
  async viewer(@Ctx() context: Context): Promise<ViewerType | null> {
    const { viewer } = await context.caller.identify();
    if (viewer === null) return null;
    const { auth } = this.#people;
    const { userId } = viewer;
    if (userId === null) return toMachineViewerType(viewer, await auth.workspaceOf(viewer));
    const records = await auth.memberships(userId);
    return viewer.outside === null ? toViewerType(userOf(viewer), records) : toOutsideViewerType(viewer, records);
  }

  @Cost({ isOncePerOperation: true })
  @Mutation(() => SessionType, {
    nullable: true,
    description: 'Creates a user with a workspace of their own, or in the one that they are invited to, and signs in.',
  })
  async signUp(@Ctx() context: Context, @Arg('input', () => SignUpInput) input: SignUpInput): Promise<SessionType> {
    refuseLargeMessage(context.operationInfo.bytes);
    const { email, password, name = null, invitationToken = null } = input;
    const origin = await this.#originOf(email, context);
    const opened = await this.#people.signUp.signUp({ email, password, name, invitationToken }, origin);
    return await this.#deliverFirst(opened, input, context);
  }

  @Cost({ isOncePerOperation: true })
  @Mutation(() => SessionType, { nullable: true })
  async signIn(@Ctx() context: Context, @Arg('input', () => SignInInput) input: SignInInput): Promise<SessionType> {
    refuseLargeMessage(context.operationInfo.bytes);
    const opened = await this.#people.signIn.signIn(input, await this.#originOf(input.email, context));
    return await this.#deliverFirst(opened, input, context);
  }

  @Cost({ isOncePerOperation: true })
  @Mutation(() => SessionType, {
    nullable: true,
    description:
      'Continues a session with a new access token and a new refresh token, which replaces the one that is used. The refresh token of a browser is in a cookie. One that was used before ends its session, unless that was within the last ten seconds: then the response has the same new one again.',
  })
  async refreshSession(
    @Ctx() context: Context,
    @Arg('refreshToken', () => String, { nullable: true, description: 'Default: that of the cookie.' })
    refreshToken: string | null | undefined,
  ): Promise<SessionType> {
    const given = refreshToken ?? null;
    const token = given ?? context.cookies.refreshToken;
    if (token === null) {
      throw new TrainyardError('UNAUTHENTICATED', 'The request has no refresh token.', { reason: 'NO_TOKEN' });
    }
    const opened = await this.#people.sessionTokens.refresh(token);
    return await this.#deliver(opened, given === null ? 'COOKIE' : 'BODY', context);
  }

  @Mutation(() => SignedOutType, {
    nullable: true,
    description: 'Ends the session: its tokens become invalid, its WebSockets are closed, and its cookies are removed.',
  })
  async signOut(
    @Ctx() context: Context,
    @Arg('everywhere', () => Boolean, { defaultValue: false, description: 'End all sessions of the user.' })
    everywhere: boolean,
  ): Promise<SignedOutType> {
    await this.#people.auth.signOut(userOf(context.caller.viewer), everywhere);
    context.cookies.clear();
    return { everywhere };
  }

  async #originOf(email: string, { address, cookies }: Context): Promise<SignInOrigin> {
    return { address, deviceId: await this.#people.devices.recognize(cookies.deviceToken, email) };
  }

  /** The tokens of a session that somebody has opened with a password. */
  async #deliverFirst(
    opened: OpenedSession,
    { email, tokenTransport }: SignInInput | SignUpInput,
    context: Context,
  ): Promise<SessionType> {
    await rememberDevice(email, tokenTransport ?? 'COOKIE', context.cookies, this.#people.devices);
    return await this.#deliver(opened, tokenTransport, context);
  }

  #deliver(
    opened: OpenedSession,
    transport: TokenTransport | null | undefined,
    { cookies }: Context,
  ): Promise<SessionType> {
    return deliverSession(opened, transport ?? 'COOKIE', cookies, this.#people.auth);
  }
}
