import { TrainyardError } from '../../errors.ts';
import { networkOf } from '../../platform/client-network.ts';
import { BackgroundTasks } from '../../platform/concurrency/background-tasks.ts';
import { FairLimiter } from '../../platform/concurrency/fair-limiter.ts';
import type { Mailer } from '../../platform/mailer/mailer.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { UserSecret } from '../user-secret.ts';
import { countRecentMailTokens, deleteExpiredMailTokens, insertMailToken } from './mail-token.store.ts';
import type { MailPurpose } from './mail-token.table.ts';
import { findUserByEmail, type UserRow } from './user.store.ts';
import { emailForms } from './user-input.ts';

/** Mails of one purpose that an account gets in an hour: enough for who deletes one by mistake, too few to annoy. */
const MAX_MAILS_PER_HOUR = 3;

/** Beyond that, requests for mails are ignored: nobody waits for them, so they would only fill the memory. */
const MAX_WAITING = 1_000;

/** Users who are looked up at once for a new password: others need the database, too. */
const MAX_RESETS_AT_ONCE = 4;

/** Of the requests for a new password that wait, those of one network: whoever sends many is not to use up what waits for all. */
const MAX_WAITING_OF_NETWORK = 20;

/** What a mail of a purpose says, where its link leads, and for how long that is valid. */
interface Template {
  readonly prefix: string;
  readonly page: string;
  readonly validMinutes: number;
  readonly validity: string;
  readonly subject: string;
  readonly request: string;
}

const TEMPLATES: Readonly<Record<MailPurpose, Template>> = {
  RESET_PASSWORD: {
    prefix: 'trainyard_reset_',
    page: 'reset-password',
    validMinutes: 60,
    validity: 'one hour',
    subject: 'Set a new password',
    request: 'To set a new password for your account, open this link:',
  },
  VERIFY_EMAIL: {
    prefix: 'trainyard_verify_',
    page: 'verify-email',
    validMinutes: 3 * 24 * 60,
    validity: 'three days',
    subject: 'Confirm your e-mail address',
    request: 'To confirm that this e-mail address is yours, open this link:',
  },
};

/** Reads the token of a link. Null for a text that is none of this purpose. */
export function parseMailToken(purpose: MailPurpose, text: string): UserSecret | null {
  return UserSecret.parse(TEMPLATES[purpose].prefix, text);
}

/** Limits how many mails of invitations an address gets. */
export interface InvitationLimit {
  /** Counts a mail; false beyond a limit. */
  admit(userId: string, email: string): Promise<boolean>;
}

/** An invitation that a member of a workspace has made. */
export interface SentInvitation {
  readonly to: string;
  readonly from: { readonly id: string; readonly email: string };
  readonly token: string;
}

/** What mails are made with. */
interface Parts {
  readonly database: Database;
  readonly mailer: Mailer;
  /** What links begin with; never the Host header of a request, which its sender may choose. */
  readonly publicUrl: string;
  readonly invitationLimit: InvitationLimit;
  readonly logger: Logger;
}

/** Mails links to users. Nobody waits for it: what takes time would tell whether there is such a user. */
export class AccountMails {
  readonly #database: Database;
  readonly #mailer: Mailer;
  readonly #publicUrl: string;
  readonly #invitationLimit: InvitationLimit;
  readonly #tasks: BackgroundTasks;
  readonly #resets = new FairLimiter(MAX_RESETS_AT_ONCE, MAX_WAITING_OF_NETWORK);

  constructor({ database, mailer, publicUrl, invitationLimit, logger }: Parts) {
    this.#database = database;
    this.#mailer = mailer;
    this.#publicUrl = publicUrl;
    this.#invitationLimit = invitationLimit;
    this.#tasks = new BackgroundTasks(MAX_WAITING, (error) => {
      logger.error({ err: error }, 'a mail to a user could not be prepared');
    });
  }

  /** Mails a link to set a new password, if there is an account of this address, unless too many of a client's wait. */
  requestReset(email: string, clientAddress: string): void {
    this.#tasks.start(async () => {
      const reset = async () => {
        const user = await this.findUser(email);
        if (user !== null) await this.#mail(user, 'RESET_PASSWORD');
      };
      await this.#resets.run(networkOf(clientAddress), reset).catch((error: unknown) => {
        if (!(error instanceof TrainyardError && error.code === 'RATE_LIMITED')) throw error;
      });
    });
  }

  /** Mails a link that shows that the address is the user's. */
  requestVerification(user: Pick<UserRow, 'id' | 'email'>): void {
    this.#tasks.start(() => this.#mail(user, 'VERIFY_EMAIL'));
  }

  close(): Promise<void> {
    return this.#tasks.close();
  }

  /** The user of an address, in any form in which it may be stored. */
  async findUser(email: string): Promise<UserRow | null> {
    for (const form of emailForms(email)) {
      const user = await this.#database.transaction({ email: form }, (tx) => findUserByEmail(tx, form));
      if (user !== null) return user;
    }
    return null;
  }

  /** Mails an invitation, unless the address has had enough of them. */
  sendInvitation(invitation: SentInvitation): void {
    this.#tasks.start(async () => {
      const { from, to } = invitation;
      if (await this.#invitationLimit.admit(from.id, to)) this.#mailInvitation(invitation);
    });
  }

  /** Only addresses are in it, and nothing that the member has written. */
  #mailInvitation({ to, from: { email }, token }: SentInvitation): void {
    const link = `${this.#publicUrl}/accept-invitation#token=${token}`;
    const text = `${email} invites you to a workspace. To join it with this e-mail address, open this link:\n\n${link}\n\nThe link is valid for 14 days, once. If you do not know the sender, ignore this mail.\n`;
    this.#mailer.send({ to, subject: 'Trainyard: You are invited to a workspace', text, link });
  }

  async #mail({ id, email }: Pick<UserRow, 'id' | 'email'>, purpose: MailPurpose): Promise<void> {
    const link = await this.#createLink(id, purpose);
    if (link === null) return;
    const { subject, request, validity } = TEMPLATES[purpose];
    const text = `${request}\n\n${link}\n\nThe link is valid for ${validity}, once. If you did not ask for it, ignore this mail.\n`;
    this.#mailer.send({ to: email, subject: `Trainyard: ${subject}`, text, link });
  }

  /** Null where the user has had enough of them. */
  async #createLink(userId: string, purpose: MailPurpose): Promise<string | null> {
    const { prefix, page, validMinutes } = TEMPLATES[purpose];
    const token = UserSecret.make(prefix, userId);
    const isCreated = await this.#database.transaction({ userId }, async (tx) => {
      await deleteExpiredMailTokens(tx, userId);
      if ((await countRecentMailTokens(tx, userId, purpose)) >= MAX_MAILS_PER_HOUR) return false;
      await insertMailToken(tx, { hash: token.hash, userId, purpose, validMinutes });
      return true;
    });
    // After the #, browsers keep it to themselves: it is in no log and no Referer header.
    return isCreated ? `${this.#publicUrl}/${page}#token=${token.text}` : null;
  }
}
