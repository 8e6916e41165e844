import { randomUUID } from 'node:crypto';
import { InputErrors, TrainyardError } from '../../errors.ts';
import { type Database, type Transaction, violatedConstraint } from '../../platform/postgres/database.ts';
import { composedEmail } from '../../platform/user-text.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { AccountMails } from '../users/account-mails.ts';
import { parseEmail } from '../users/email.ts';
import type { Passwords } from '../users/passwords.service.ts';
import { insertPasswordHash, insertUser, type UserRow } from '../users/user.store.ts';
import { checkPassword, MAX_NAME_LENGTH, parseUserName } from '../users/user-input.ts';
import { readInvitationToken, redeemInvitation } from '../workspaces/invitation.service.ts';
import { findInvitation } from '../workspaces/invitation.store.ts';
import { type InvitationToken, parseInvitationToken } from '../workspaces/invitation-token.ts';
import { insertMembership, insertWorkspace, type MembershipRow } from '../workspaces/membership.store.ts';
import type { SignInOrigin } from './known-devices.ts';
import type { OpenedSession, SessionTokens } from './session-tokens.service.ts';
import type { SignIn } from './sign-in.service.ts';

export interface SignUpRequest {
  readonly email: string;
  readonly password: string;
  readonly name: string | null;
  /** Of an invitation that the new user accepts; null for none. */
  readonly invitationToken: string | null;
}

/** What accounts are created with. */
interface Parts {
  readonly database: Database;
  readonly passwords: Passwords;
  readonly signIn: Pick<SignIn, 'authenticate' | 'confirm'>;
  readonly sessionTokens: SessionTokens;
  readonly mails: AccountMails;
  /** SIGN_UP. */
  readonly policy: 'open' | 'invited' | 'closed';
}

/** Creates accounts. */
export class SignUp {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Creates a user, and signs them in: with an invitation in the workspace of that, otherwise in one of their own. Where not
   * everybody may sign up, the answer to who may not is the same for every address. Who has an account already, and is invited,
   * joins with its password: so who was removed from their only workspace can come back, also if SIGN_UP is closed.
   */
  async signUp(request: SignUpRequest, origin: SignInOrigin): Promise<OpenedSession> {
    await this.#requirePermission(request);
    const { invitationToken } = request;
    const invitation = invitationToken === null ? null : readInvitationToken(invitationToken);
    if (invitation !== null && this.#parts.policy === 'closed') {
      return await this.#join(request, origin, invitation).catch((error: unknown) => {
        // The same answer whether or not there is such an account.
        throw error instanceof TrainyardError && error.code === 'UNAUTHENTICATED' ? uninvited() : error;
      });
    }
    return await this.create(request, origin, invitation);
  }

  /** Creates a user whatever SIGN_UP says, for an operator. */
  async create(
    request: SignUpRequest,
    origin: SignInOrigin,
    invitation: InvitationToken | null,
  ): Promise<OpenedSession> {
    const { email, name } = checkRequest(request);
    const passwordHash = await this.#parts.passwords.hash(email, request.password, origin);
    const user = { id: randomUUID(), email, name, passwordHash, createdAt: new Date() };
    try {
      const opened =
        invitation === null ? await this.#createWithWorkspace(user) : await this.#createInvited(user, invitation);
      this.#parts.mails.requestVerification(user);
      return opened;
    } catch (error) {
      if (violatedConstraint(error) !== 'users_email_unique') throw error;
      // Without an invitation of the address, nobody is to try passwords here.
      if (invitation !== null && (await this.#isInvited(email, invitation))) {
        return await this.#join(request, origin, invitation);
      }
      throw new TrainyardError('CONFLICT', 'An account with this e-mail address already exists.', {
        argument: 'input.email',
        hint: 'Use signIn.',
      });
    }
  }

  /** Accepts an invitation for an existing account, and signs in. */
  async #join(request: SignUpRequest, origin: SignInOrigin, invitation: InvitationToken): Promise<OpenedSession> {
    const { database, signIn, sessionTokens } = this.#parts;
    const checked = await signIn.authenticate(request, origin);
    const { user } = checked;
    const { workspaceId } = invitation;
    const opened = await database.transaction({ userId: user.id, workspaceId }, async (tx) => {
      const membership = await redeemInvitation(tx, invitation, user);
      await recordAudit(tx, 'session.started', { workspaceId, details: { address: origin.address } });
      return await sessionTokens.open(tx, membership);
    });
    return await signIn.confirm(opened, checked);
  }

  async #createWithWorkspace(user: NewUser): Promise<OpenedSession> {
    const { id: userId, email, name, createdAt } = user;
    const workspaceId = randomUUID();
    const membership: MembershipRow = { id: randomUUID(), userId, workspaceId, role: 'OWNER', createdAt };
    return await this.#parts.database.transaction({ userId, workspaceId }, async (tx) => {
      await insertNewUser(tx, user);
      await insertWorkspace(tx, { id: workspaceId, name: name ?? email.slice(0, MAX_NAME_LENGTH), createdAt });
      await insertMembership(tx, membership);
      await recordAudit(tx, 'account.created', { subject: email });
      return await this.#parts.sessionTokens.open(tx, membership);
    });
  }

  async #createInvited(user: NewUser, invitation: InvitationToken): Promise<OpenedSession> {
    const { workspaceId } = invitation;
    return await this.#parts.database.transaction({ userId: user.id, workspaceId }, async (tx) => {
      await insertNewUser(tx, user);
      const membership = await redeemInvitation(tx, invitation, user);
      return await this.#parts.sessionTokens.open(tx, membership);
    });
  }

  /** Throws FORBIDDEN, before anything is looked up by the address. */
  async #requirePermission({ email, invitationToken }: SignUpRequest): Promise<void> {
    if (this.#parts.policy === 'open') return;
    const invitation = parseInvitationToken(invitationToken ?? '');
    if (invitation === null || !(await this.#isInvited(email, invitation))) throw uninvited();
  }

  async #isInvited(email: string, { workspaceId, tokenHash }: InvitationToken): Promise<boolean> {
    const found = await this.#parts.database.transaction({ workspaceId }, (tx) => findInvitation(tx, tokenHash));
    return found?.email === composedEmail(email);
  }
}

function uninvited(): TrainyardError {
  return new TrainyardError('FORBIDDEN', 'Only those who have been invited may sign up here, by their own address.', {
    hint: 'Ask the operator of the server, or the owner of a workspace.',
  });
}

interface NewUser extends Omit<UserRow, 'emailVerifiedAt'> {
  readonly passwordHash: string;
}

async function insertNewUser(tx: Transaction, { passwordHash, ...user }: NewUser): Promise<void> {
  await insertUser(tx, user);
  await insertPasswordHash(tx, user.id, passwordHash);
}

function checkRequest({ email, password, name }: SignUpRequest): { email: string; name: string | null } {
  const errors = new InputErrors();
  const checkedEmail = errors.collect(() => parseEmail(email));
  errors.collect(() => checkPassword(password));
  const checkedName = errors.collect(() => parseUserName(name));
  return { ...errors.complete({ email: checkedEmail }), name: checkedName };
}
