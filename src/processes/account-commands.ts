import { randomBytes } from 'node:crypto';
import { removeOutsideUser } from '../auth/outside/remove-outside-user.service.ts';
import type { Twin } from '../auth/users/account.service.ts';
import type { OutsideHolder } from '../auth/viewer.ts';
import { type Config, ConfigError } from '../config.ts';
import type { Logger } from '../platform/monitoring/logger.ts';
import { type Database, type DatabaseAccess, openDatabase } from '../platform/postgres/database.ts';
import { canonicalEmail } from '../platform/user-text.ts';
import { openSigning } from './secrets.ts';
import { type PeopleServices, peopleServices } from './services/people-services.ts';

/** 144 bits, in 24 letters and digits. */
const PASSWORD_BYTES = 18;

/** What stands in the audit log in the place of a client's address. */
const COMMAND_LINE = 'command line';

/** What an operator does to accounts without a mail server. */
export type AccountCommand = 'create-owner' | 'reset-password' | 'end-sessions' | 'list-twins' | 'remove-outside-user';

/** What a command takes; the usage says the same. */
const PARAMETERS: Readonly<Record<AccountCommand, readonly string[]>> = {
  'create-owner': ['EMAIL'],
  'reset-password': ['EMAIL'],
  'end-sessions': [],
  'list-twins': [],
  'remove-outside-user': ['ISSUER', 'SUBJECT'],
};

/** Throws ConfigError for anything but the parameters of a command. */
export function checkParameters(command: AccountCommand, options: readonly string[]): void {
  const expected = PARAMETERS[command];
  if (options.length === expected.length) return;
  throw new ConfigError([`${command} takes ${expected.join(' ') || 'nothing'}`]);
}

/** Runs a command on a database that has been migrated, and gives what the operator is to read. A password is in no log. */
export async function runAccountCommand(
  command: AccountCommand,
  [email = '', subject = '']: readonly string[],
  config: Config,
  access: DatabaseAccess,
  logger: Logger,
): Promise<string> {
  const { accessTokens, links } = await openSigning(config);
  const database = openDatabase(access, 1, undefined, 'trainyard accounts');
  const people = peopleServices(config, {
    database,
    accessTokens,
    deviceTokens: links,
    logger,
    onFailedSignIn: () => undefined,
  });
  try {
    if (command === 'end-sessions') return `Ended ${await people.auth.endAll()} sessions. Everybody signs in again.`;
    if (command === 'list-twins') return describeTwins(await people.accounts.listTwins());
    if (command === 'remove-outside-user') return await removeUserOf(database, { issuer: email, subject });
    return command === 'create-owner' ? await createOwner(people, email) : await resetPassword(people, email);
  } finally {
    await people.close();
    await database.close();
  }
}

async function createOwner({ signUp, auth }: PeopleServices, email: string): Promise<string> {
  const password = randomBytes(PASSWORD_BYTES).toString('base64url');
  const request = { email, password, name: null, invitationToken: null };
  const { viewer } = await signUp.create(request, { address: COMMAND_LINE, deviceId: null }, null);
  await auth.signOut(viewer, true);
  return `Created ${email}, the owner of a workspace of their own. Password: ${password}`;
}

async function resetPassword({ accounts }: PeopleServices, email: string): Promise<string> {
  const password = randomBytes(PASSWORD_BYTES).toString('base64url');
  if (!(await accounts.setPassword(email, password, COMMAND_LINE))) {
    throw new ConfigError([`reset-password: there is no account of ${email}`]);
  }
  return `Set a new password for ${email}, and ended their sessions and API keys. Password: ${password}`;
}

async function removeUserOf(database: Database, outside: OutsideHolder): Promise<string> {
  const { issuer, subject } = outside;
  if (!(await removeOutsideUser(database, outside))) {
    throw new ConfigError([`remove-outside-user: no token of ${issuer} has had the subject ${subject}`]);
  }
  return `Removed ${subject} of ${issuer}, who comes back with the next token, if the issuer still gives one.`;
}

function describeTwins(twins: readonly Twin[]): string {
  if (twins.length === 0) return 'No two accounts have addresses that look the same.';
  const lines = twins.map(({ user, other }) => {
    const made = `made ${user.createdAt.toISOString()}`;
    const beside =
      other === null
        ? 'no other account has it'
        : `account ${other.id} has that, made ${other.createdAt.toISOString()}`;
    // Escaped, because what makes it differ is not to be seen.
    return `${user.id} ${escaped(user.email)} (${made}) looks like ${canonicalEmail(user.email)}: ${beside}`;
  });
  return `${lines.join('\n')}\nEach is reached only by its own spelling. Ask the owner which account to keep: who signs in to the other one can delete it.`;
}

function escaped(text: string): string {
  return JSON.stringify(text).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
