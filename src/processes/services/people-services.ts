import { InvitationMailLimit } from '../../api/rate-limits/invitation-mail-limit.ts';
import { openPeople, type People, type PeopleParts } from '../../auth/people.ts';
import type { Config } from '../../config.ts';
import { type MailSettings, openMailer } from '../../platform/mailer/open-mailer.ts';

/** The services of accounts and sessions, which may be sending mails. */
export interface PeopleServices extends People {
  close(): Promise<void>;
}

/** Opens them with the mailer of the settings. */
export function peopleServices(
  config: Config,
  parts: Pick<PeopleParts, 'database' | 'accessTokens' | 'deviceTokens' | 'logger' | 'onFailedSignIn'>,
): PeopleServices {
  const mailer = openMailer(mailSettingsOf(config), parts.logger);
  const invitationLimit = new InvitationMailLimit(parts.database, parts.logger);
  const people = openPeople({ ...parts, mailer, invitationLimit, config, publicUrl: publicUrlOf(config) });
  return {
    ...people,
    async close() {
      await people.mails.close();
      await mailer.close();
    },
  };
}

/** What links in mails begin with: PUBLIC_URL, or this machine, as on a developer's. */
function publicUrlOf({ PUBLIC_URL, PORT }: Pick<Config, 'PUBLIC_URL' | 'PORT'>): string {
  return PUBLIC_URL ?? `http://localhost:${PORT}`;
}

function mailSettingsOf({ SMTP_URL, MAIL_FROM, HOST, PUBLIC_URL }: Config): MailSettings {
  const isDevelopment = PUBLIC_URL === null && /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(HOST);
  return { smtpUrl: SMTP_URL, from: MAIL_FROM, isDevelopment };
}
