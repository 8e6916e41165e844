import { createTransport, type Transporter } from 'nodemailer';
import { errorCodeOf } from '../error-code.ts';
import type { Logger } from '../monitoring/logger.ts';
import type { Mail, Mailer } from './mailer.ts';

/** Beyond that the mail server is away, and further mails would only fill the memory. */
const MAX_WAITING = 1_000;

/** Of each step of the protocol. */
const TIMEOUT_MILLISECONDS = 20_000;

/** Sends mails over SMTP, by a few connections that are kept. */
export class SmtpMailer implements Mailer {
  readonly #transport: Transporter;
  readonly #from: string;
  readonly #logger: Logger;
  readonly #sending = new Set<Promise<void>>();

  constructor(url: string, from: string, logger: Logger) {
    this.#transport = createTransport({
      url,
      pool: true,
      connectionTimeout: TIMEOUT_MILLISECONDS,
      greetingTimeout: TIMEOUT_MILLISECONDS,
      socketTimeout: TIMEOUT_MILLISECONDS,
      // Mails have no attachments; a text must never make the server read a file or an address.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    this.#from = from;
    this.#logger = logger;
  }

  send(mail: Mail): void {
    if (this.#sending.size >= MAX_WAITING) {
      this.#logger.error({ subject: mail.subject }, 'a mail was dropped: too many wait for the mail server');
      return;
    }
    const sending = this.#send(mail).finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  async close(): Promise<void> {
    await Promise.all(this.#sending);
    this.#transport.close();
  }

  /** Neither the address nor the text is logged; nor what the mail server answers, which may repeat the address. */
  async #send({ to, subject, text }: Mail): Promise<void> {
    try {
      await this.#transport.sendMail({ from: this.#from, to: { name: '', address: to }, subject, text });
    } catch (error) {
      this.#logger.error({ subject, code: errorCodeOf(error) ?? null }, 'a mail could not be sent');
    }
  }
}
