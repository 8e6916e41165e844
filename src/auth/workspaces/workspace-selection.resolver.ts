import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { type TokenTransport, TokenTransportEnum } from '../sessions/session.input.ts';
import { deliverSession } from '../sessions/session.mapper.ts';
import type { SessionService } from '../sessions/session.service.ts';
import { SessionType } from '../sessions/session.type.ts';
import type { OpenedSession } from '../sessions/session-tokens.service.ts';
import { userOf } from '../viewer.ts';
import type { WorkspaceSelection } from './workspace-selection.service.ts';

@Resolver()
export class WorkspaceSelectionResolver {
  readonly #selection: WorkspaceSelection;
  readonly #auth: SessionService;

  constructor(selection: WorkspaceSelection, auth: SessionService) {
    this.#selection = selection;
    this.#auth = auth;
  }

  @Mutation(() => SessionType, {
    nullable: true,
    description:
      'Moves the session to another workspace of the user, with new tokens. Its WebSockets close with 4403, and connect again with the new token; other sessions stay where they are.',
  })
  async selectWorkspace(
    @Arg('id', () => ID) id: string,
    @Arg('tokenTransport', () => TokenTransportEnum, { nullable: true, defaultValue: 'COOKIE' })
    transport: TokenTransport | null,
    @Ctx() context: Context,
  ): Promise<SessionType> {
    return await this.#deliver(await this.#selection.select(userOf(context.caller.viewer), id), transport, context);
  }

  @Mutation(() => SessionType, {
    nullable: true,
    description:
      'Joins the workspace of an invitation, as selectWorkspace does. FORBIDDEN if it is for another address than that of the account.',
  })
  async acceptInvitation(
    @Arg('token', () => String) token: string,
    @Arg('tokenTransport', () => TokenTransportEnum, { nullable: true, defaultValue: 'COOKIE' })
    transport: TokenTransport | null,
    @Ctx() context: Context,
  ): Promise<SessionType> {
    return await this.#deliver(await this.#selection.accept(userOf(context.caller.viewer), token), transport, context);
  }

  #deliver(opened: OpenedSession, transport: TokenTransport | null, { cookies }: Context): Promise<SessionType> {
    return deliverSession(opened, transport ?? 'COOKIE', cookies, this.#auth);
  }
}
