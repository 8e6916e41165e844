import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

/** A mail as it was received. */
export interface ReceivedMail {
  readonly to: readonly string[];
  readonly from: string;
  /** With its headers, as it was sent. */
  readonly raw: string;
  /** The first link in it. */
  readonly link: string;
  /** The token of that link. */
  readonly token: string;
}

/** A mail server that keeps what it receives. */
export interface MailServer {
  /** Settings of a server that sends its mails here. */
  readonly settings: Readonly<Record<string, string>>;
  /** The next mail that has not been read; waits for it. */
  next(): Promise<ReceivedMail>;
  /** How many mails were received and not read. */
  readonly unread: number;
  close(): Promise<void>;
}

export const PUBLIC_URL = 'https://trainyard.example';

export async function startMailServer(): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  let wake: () => void = () => undefined;
  const server = new SMTPServer({
    onAuth: ({ username = '' }, _session, callback) => callback(null, { user: username }),
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, { envelope }, callback) {
      const receive = async () => {
        const raw = await text(stream);
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        // Long lines are sent in pieces that end in "=".
        const plain = raw.replace(/=\r?\n/g, '').replaceAll('=3D', '=');
        const link = /https?:\/\/\S+/.exec(plain)?.[0] ?? '';
        const to = envelope.rcptTo.map(({ address }) => address);
        received.push({ to, from, raw, link, token: link.split('#token=')[1] ?? '' });
        wake();
        callback();
      };
      void receive();
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    settings: {
      SMTP_URL: `smtp://mailer:planted-mail-password@127.0.0.1:${port}`,
      MAIL_FROM: 'Trainyard <no-reply@trainyard.example>',
      PUBLIC_URL,
    },
    get unread() {
      return received.length;
    },
    async next() {
      for (;;) {
        const mail = received.shift();
        if (mail) return mail;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
