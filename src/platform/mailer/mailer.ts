/** A mail in plain text. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** The link in the text, which a developer follows who has no mail server. */
  readonly link: string;
}

/** Sends mails. */
export interface Mailer {
  /** Accepts a mail, to be sent in the background: whether it can be sent is logged, and takes no time of the caller. */
  send(mail: Mail): void;
  /** Waits for the mails that are being sent. */
  close(): Promise<void>;
}
