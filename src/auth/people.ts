import type { Config } from '../config.ts';
import type { Mailer } from '../platform/mailer/mailer.ts';
import type { Logger } from '../platform/monitoring/logger.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { SignedTokens } from '../platform/signed-tokens.ts';
import type { AccessTokens } from './sessions/access-tokens.ts';
import { KnownDevices } from './sessions/known-devices.ts';
import { OwnWorkspaces } from './sessions/own-workspace.service.ts';
import { SessionService } from './sessions/session.service.ts';
import { SessionTokens } from './sessions/session-tokens.service.ts';
import { SignIn } from './sessions/sign-in.service.ts';
import { SignUp } from './sessions/sign-up.service.ts';
import { Accounts } from './users/account.service.ts';
import { AccountDeletion } from './users/account-deletion.service.ts';
import { AccountMails, type InvitationLimit } from './users/account-mails.ts';
import { Passwords } from './users/passwords.service.ts';
import { Members } from './workspaces/members.service.ts';

/** The services of accounts and their sessions. */
export interface People {
  readonly auth: SessionService;
  readonly signUp: SignUp;
  readonly signIn: SignIn;
  readonly devices: KnownDevices;
  readonly sessionTokens: SessionTokens;
  readonly accounts: Accounts;
  readonly deletion: AccountDeletion;
  readonly mails: AccountMails;
}

/** What they are made with. */
export interface PeopleParts {
  readonly database: Database;
  readonly accessTokens: AccessTokens;
  /** What signs the tokens of known devices. */
  readonly deviceTokens: SignedTokens;
  readonly mailer: Mailer;
  /** What links in mails begin with. */
  readonly publicUrl: string;
  readonly invitationLimit: InvitationLimit;
  readonly config: Pick<Config, 'SESSION_IDLE_DAYS' | 'SIGN_UP'>;
  readonly logger: Logger;
  readonly onFailedSignIn: () => void;
}

export function openPeople(parts: PeopleParts): People {
  const { database, accessTokens, mailer, publicUrl, invitationLimit, config, logger, onFailedSignIn } = parts;
  const sessionTokens = new SessionTokens(database, accessTokens, config.SESSION_IDLE_DAYS);
  const passwords = new Passwords(database);
  const mails = new AccountMails({ database, mailer, publicUrl, invitationLimit, logger });
  const ownWorkspaces = new OwnWorkspaces(database, config.SIGN_UP === 'open');
  const accounts = new Accounts({ database, passwords, sessionTokens, mails, ownWorkspaces });
  const signIn = new SignIn({ database, passwords, sessionTokens, ownWorkspaces, onFailedSignIn });
  return {
    auth: new SessionService(database, accessTokens),
    signUp: new SignUp({ database, passwords, signIn, sessionTokens, mails, policy: config.SIGN_UP }),
    devices: new KnownDevices(parts.deviceTokens, (email) => passwords.findHash(email)),
    ...{ signIn, sessionTokens, accounts, mails },
    deletion: new AccountDeletion({ database, accounts, members: new Members(database) }),
  };
}
