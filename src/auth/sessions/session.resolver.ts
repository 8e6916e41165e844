import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { Cost } from '../../api/graphql/field-cost.ts';
import { refuseLargeMessage } from '../users/password-queue.ts';
import type { Viewer } from '../viewer.ts';
import { toOwnMembership } from '../workspaces/membership.mapper.ts';
import { SignInInput, SignUpInput } from './session.input.ts';
import type { SessionRecord, SessionService } from './session.service.ts';
import { SessionType, SignedOutType, ViewerType } from './session.type.ts';

@Resolver()
export class SessionResolver {
  readonly #auth: SessionService;

  constructor(auth: SessionService) {
    this.#auth = auth;
  }

  @Query(() => ViewerType, {
    nullable: true,
    description: 'The signed-in user; null, without an error, if nobody is signed in.',
  })
  async viewer(@Ctx() context: Context): Promise<ViewerType | null> {
    const { viewer } = await context.caller.identify();
    return viewer === null ? null : await this.#describe(viewer);
  }

  @Cost({ isOncePerOperation: true })
  @Mutation(() => SessionType, {
    nullable: true,
    description: 'Creates a user with a workspace of their own, and signs in.',
  })
  async signUp(
    @Ctx() { address, operationInfo }: Context,
    @Arg('input', () => SignUpInput) { email, password, name }: SignUpInput,
  ): Promise<SessionType> {
    refuseLargeMessage(operationInfo.bytes);
    return await this.#toSession(await this.#auth.signUp({ email, password, name: name ?? null }, address));
  }

  @Cost({ isOncePerOperation: true })
  @Mutation(() => SessionType, { nullable: true })
  async signIn(
    @Ctx() { address, operationInfo }: Context,
    @Arg('input', () => SignInInput) input: SignInInput,
  ): Promise<SessionType> {
    refuseLargeMessage(operationInfo.bytes);
    return await this.#toSession(await this.#auth.signIn(input, address));
  }

  @Mutation(() => SignedOutType, {
    nullable: true,
    description: 'Ends the session of the token: the token becomes invalid, and its WebSockets are closed.',
  })
  async signOut(
    @Ctx() context: Context,
    @Arg('everywhere', () => Boolean, { defaultValue: false, description: 'End all sessions of the user.' })
    everywhere: boolean,
  ): Promise<SignedOutType> {
    await this.#auth.signOut(context.caller.viewer, everywhere);
    return { everywhere };
  }

  async #toSession({ accessToken, viewer }: SessionRecord): Promise<SessionType> {
    return {
      accessToken: accessToken.token,
      accessTokenExpiresAt: accessToken.expiresAt,
      viewer: await this.#describe(viewer),
    };
  }

  async #describe(viewer: Viewer): Promise<ViewerType> {
    const records = await this.#auth.memberships(viewer.userId);
    const memberships = records.map(toOwnMembership);
    const own = memberships.find(({ id }) => id === viewer.membershipId);
    if (own === undefined) throw new Error('The membership went away while it was being read.');
    return { id: own.id, user: own.user, workspace: own.workspace, role: own.role, memberships };
  }
}
