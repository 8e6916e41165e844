/** A message that a client of PostgreSQL sends. */
export interface ClientMessage {
  /** The letter of its kind; '' for the first of all, which has none. */
  readonly kind: string;
  /** What follows its length. */
  readonly body: Buffer;
  /** All of it. */
  readonly bytes: Buffer;
}

/** Takes apart what a client sends: https://www.postgresql.org/docs/current/protocol-message-formats.html */
export class ClientMessages {
  #rest = Buffer.alloc(0);
  #hasBegun = false;

  /** The messages that are complete with these bytes. */
  take(bytes: Buffer): ClientMessage[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const messages: ClientMessage[] = [];
    for (;;) {
      const kindLength = this.#hasBegun ? 1 : 0;
      if (this.#rest.length < kindLength + 4) return messages;
      const end = kindLength + this.#rest.readInt32BE(kindLength);
      if (this.#rest.length < end) return messages;
      const kind = this.#rest.toString('latin1', 0, kindLength);
      messages.push({ kind, body: this.#rest.subarray(kindLength + 4, end), bytes: this.#rest.subarray(0, end) });
      this.#rest = this.#rest.subarray(end);
      this.#hasBegun = true;
    }
  }
}

/** What a connection calls itself in its first message. */
export function applicationName({ body }: ClientMessage): string | undefined {
  const words = body.subarray(4).toString().split('\0');
  return words[words.indexOf('application_name') + 1];
}

/** The text of the statement that a message sends; null where it sends none. */
export function statementOf({ kind, body }: ClientMessage): string | null {
  // Parse: the statement's name and its text. Query: its text.
  if (kind !== 'P' && kind !== 'Q') return null;
  return body.toString().split('\0', 2)[kind === 'P' ? 1 : 0] ?? null;
}
