/** The beginning of every message about an operation, as graphql-ws writes it: its id is the first. */
const OWN_ID = /^\{"id":"(\d+):/;

/**
 * The ids that a client gives its operations, of one socket. A client may use an id again as soon as it has completed the operation
 * that had it, but that may still run for a moment; graphql-ws knows operations by their ids alone, and would take the one for
 * the other. So each operation has an id of its own inside: the client's with a number before it. What comes too late about
 * one that its client has completed is not sent, or would be taken for news of the next.
 */
export class ClientIds {
  /** The numbers of the operations that have not ended, by their clients' ids. */
  readonly #numbers = new Map<string, number>();
  /** The same the other way. */
  readonly #ids = new Map<number, string>();
  #count = 0;

  /** A message of the client as it is read inside. */
  incoming(data: Buffer): Buffer {
    const message = parseMessage(data);
    if (message === null) return data;
    const { id, type } = message;
    // The number of an operation that has not ended is unchanged: the protocol refuses a second one.
    if (type === 'subscribe') return rewritten(message, this.#numbers.get(id) ?? this.#begin(id));
    const number = this.#numbers.get(id);
    if (type === 'complete' && number !== undefined) this.#end(number);
    return rewritten(message, number ?? 0);
  }

  /** A message of the server as its client reads it; null for one that comes too late. */
  outgoing(text: string): string | null {
    const own = OWN_ID.exec(text);
    if (own === null) return text;
    const number = Number(own[1]);
    const id = this.#ids.get(number);
    if (id === undefined) return null;
    const start = `{"id":${JSON.stringify(`${number}:${id}`)}`;
    const rest = text.slice(start.length);
    if (/^,"type":"(?:complete|error)"/.test(rest)) this.#end(number);
    return `{"id":${JSON.stringify(id)}${rest}`;
  }

  #begin(id: string): number {
    this.#count += 1;
    this.#numbers.set(id, this.#count);
    this.#ids.set(this.#count, id);
    return this.#count;
  }

  #end(number: number): void {
    const id = this.#ids.get(number);
    this.#ids.delete(number);
    if (id !== undefined) this.#numbers.delete(id);
  }
}

/** How long the client's own id is, of one that is read inside. */
export function lengthOfClientId(id: string): number {
  return id.length - id.indexOf(':') - 1;
}

interface MessageWithId {
  readonly id: string;
  readonly type?: unknown;
}

/** Null for what has no id: it is for the protocol to read, or to refuse. */
function parseMessage(data: Buffer): MessageWithId | null {
  try {
    const message: unknown = JSON.parse(data.toString());
    const hasId = typeof message === 'object' && message !== null && 'id' in message && typeof message.id === 'string';
    // An empty id stays one, which the protocol refuses.
    return hasId && message.id !== '' ? (message as MessageWithId) : null;
  } catch {
    return null;
  }
}

function rewritten(message: MessageWithId, number: number): Buffer {
  return Buffer.from(JSON.stringify({ ...message, id: `${number}:${message.id}` }));
}
