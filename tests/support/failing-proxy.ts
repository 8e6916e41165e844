import type { DatabaseAccess } from '../../src/platform/postgres/database.ts';
import { type ClientMessage, statementOf } from './client-messages.ts';
import { type DatabaseRelay, relayDatabase } from './database-relay.ts';

/** The way to a database through a proxy that lets each statement fail the first time that anybody sends it. */
export interface FailingAccess extends DatabaseRelay {
  /** The statements that have failed, by their texts. */
  readonly failed: ReadonlySet<string>;
  /** From now on they fail; nothing does before. */
  begin(): void;
}

/** These begin and end a transaction, and bear no value; one that cannot be ended would not be PostgreSQL's. */
const TRANSACTIONAL = /^(?:begin|commit|rollback|savepoint|release)/i;

/** Passes on what the server's connections send, with each statement replaced by one that fails, once. */
export async function failEachOnce(access: DatabaseAccess): Promise<FailingAccess> {
  const failed = new Set<string>();
  let hasBegun = false;
  const relay = await relayDatabase(access, () => (message) => {
    const text = statementOf(message);
    if (!hasBegun || text === null || TRANSACTIONAL.test(text.trim()) || failed.has(text)) return message.bytes;
    failed.add(text);
    return withFailure(message, text);
  });
  return {
    ...relay,
    failed,
    begin() {
      hasBegun = true;
    },
  };
}

/** The message, with the name of a function that there is none of in its statement's place. */
function withFailure({ kind, bytes }: ClientMessage, text: string): Buffer {
  const from = kind === 'Q' ? 5 : bytes.indexOf(0, 5) + 1;
  const rest = bytes.subarray(from + Buffer.byteLength(text));
  const changed = Buffer.concat([bytes.subarray(0, from), Buffer.from('select fail()'), rest]);
  changed.writeInt32BE(changed.length - 1, 1);
  return changed;
}
