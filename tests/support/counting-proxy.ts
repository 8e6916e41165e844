import type { DatabaseAccess } from '../../src/platform/postgres/database.ts';
import { applicationName, type ClientMessage, statementOf } from './client-messages.ts';
import { type DatabaseRelay, relayDatabase } from './database-relay.ts';

/** The way to a database through a proxy that counts the statements which the app's pool sends. */
export interface CountedAccess extends DatabaseRelay {
  /** Begins to count anew. */
  reset(): void;
  /** How often each statement was executed since, by its text. */
  counts(): Readonly<Record<string, number>>;
}

/** What the pool's connections call themselves; those of the job queue and of LISTEN are busy on their own. */
const POOL = 'trainyard';

/** Reads what the connections of these names send as the app role, and passes everything on as it is. */
export async function countStatements(
  access: DatabaseAccess,
  names: readonly string[] = [POOL],
): Promise<CountedAccess> {
  const counts = new Map<string, number>();
  const count = (text: string) => {
    counts.set(text, (counts.get(text) ?? 0) + 1);
  };
  const relay = await relayDatabase(access, () => {
    const reader = new StatementReader(names, count);
    return (message) => {
      reader.read(message);
      return message.bytes;
    };
  });
  return { ...relay, reset: () => counts.clear(), counts: () => Object.fromEntries(counts) };
}

/** Follows what one connection has its statements executed by. */
class StatementReader {
  readonly #names: readonly string[];
  readonly #count: (text: string) => void;
  readonly #texts = new Map<string, string>();
  #isCounted = false;

  constructor(names: readonly string[], count: (text: string) => void) {
    this.#names = names;
    this.#count = count;
  }

  read(message: ClientMessage): void {
    const { kind, body } = message;
    if (kind === '') this.#isCounted = this.#names.includes(applicationName(message) ?? '');
    if (!this.#isCounted) return;
    const [first = '', second = ''] = body.toString().split('\0', 2);
    // Parse: the statement's name and its text. Bind: the portal, and the statement's name.
    if (kind === 'P') this.#texts.set(first, second);
    else if (kind === 'B') this.#count(this.#texts.get(second) ?? `an unknown statement ${second}`);
    else if (kind === 'Q') this.#count(statementOf(message) ?? '');
  }
}
