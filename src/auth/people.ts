import type { Config } from '../config.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { AccessTokens } from './sessions/access-tokens.ts';
import { SessionService } from './sessions/session.service.ts';
import { SessionTokens } from './sessions/session-tokens.service.ts';
import { SignIn } from './sessions/sign-in.service.ts';
import { SignUp } from './sessions/sign-up.service.ts';
import { Passwords } from './users/passwords.service.ts';

/** The services of accounts and their sessions. */
export interface People {
  readonly auth: SessionService;
  readonly signUp: SignUp;
  readonly signIn: SignIn;
  readonly sessionTokens: SessionTokens;
}

export function openPeople(
  database: Database,
  accessTokens: AccessTokens,
  config: Pick<Config, 'SESSION_IDLE_DAYS'>,
  onFailedSignIn: () => void,
): People {
  const sessionTokens = new SessionTokens(database, accessTokens, config.SESSION_IDLE_DAYS);
  const passwords = new Passwords(database);
  return {
    auth: new SessionService(database, accessTokens),
    signUp: new SignUp(database, passwords, sessionTokens),
    signIn: new SignIn(database, passwords, sessionTokens, onFailedSignIn),
    sessionTokens,
  };
}
