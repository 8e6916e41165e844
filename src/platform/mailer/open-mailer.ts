import type { Logger } from '../monitoring/logger.ts';
import type { Mailer } from './mailer.ts';
import { SmtpMailer } from './smtp-mailer.ts';

export interface MailSettings {
  /** SMTP_URL; null for none. */
  readonly smtpUrl: string | null;
  /** MAIL_FROM. */
  readonly from: string | null;
  /** Whether only this machine can reach the server. */
  readonly isDevelopment: boolean;
}

/** A mailer of an SMTP server. Without one, the log prints the links on a developer's machine, and elsewhere no mail is sent. */
export function openMailer({ smtpUrl, from, isDevelopment }: MailSettings, logger: Logger): Mailer {
  if (smtpUrl !== null && from !== null) return new SmtpMailer(smtpUrl, from, logger);
  return {
    send({ subject, link }) {
      if (isDevelopment) logger.info({ subject, link }, 'a mail that is not sent, because SMTP_URL is unset');
      else logger.warn({ subject }, 'no mail was sent: set SMTP_URL and MAIL_FROM');
    },
    close: () => Promise.resolve(),
  };
}
