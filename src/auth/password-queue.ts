import { TrainyardError } from '../errors.ts';
import { networkOf } from '../platform/client-network.ts';
import { FairLimiter } from '../platform/concurrency/fair-limiter.ts';

/** Two at once leave the other threads of Node's pool to files. */
const PASSWORDS_AT_ONCE = 2;

/** Of one account from one address; a person waits for one at a time. */
const MAX_WAITING = 10;

/**
 * Of all accounts from one address, at work or waiting: the last of them waits for five seconds, after which few people still
 * look. What each has sent stays in memory until then, and a socket may send a hundred.
 */
const MAX_OF_NETWORK = 300;

/** Of the whole message: the longest address, password and name, in any writing, leave most of it free. */
const MAX_MESSAGE_BYTES = 20_000;

/** When the queue of an address that was full is half of it. */
const RETRY_SECONDS = 3;

const REFUSAL = 'Too many concurrent sign-in attempts.';

/**
 * Gives turns to those whose passwords are looked at, each of which costs 30 ms of a core and 19 MiB: first between
 * addresses, then between the accounts of an address, so that neither one that tries many passwords nor one that tries
 * many accounts keeps others waiting. An account has one turn at a time, from however many addresses it is tried, and
 * gives it to each in its turn: its owner is not locked out.
 */
export class PasswordQueue {
  readonly #byAccount = new Map<string, FairLimiter>();
  readonly #byNetwork = new Map<string, FairLimiter>();
  readonly #countByNetwork = new Map<string, number>();
  readonly #all = new FairLimiter(PASSWORDS_AT_ONCE, Number.POSITIVE_INFINITY);

  /** Runs a task in its turn. Throws RATE_LIMITED where the account, or all of them, have too many waiting from this address. */
  async run<T>(account: string, address: string, task: () => Promise<T>): Promise<T> {
    const network = networkOf(address);
    this.#enter(network);
    try {
      const inAll = () => this.#all.run(network, task);
      const inNetwork = () => runIn(this.#byNetwork, network, PASSWORDS_AT_ONCE, account, inAll);
      return await runIn(this.#byAccount, account, 1, network, inNetwork);
    } finally {
      this.#leave(network);
    }
  }

  #enter(network: string): void {
    const count = this.#countByNetwork.get(network) ?? 0;
    if (count >= MAX_OF_NETWORK)
      throw new TrainyardError('RATE_LIMITED', REFUSAL, { retryAfterSeconds: RETRY_SECONDS });
    this.#countByNetwork.set(network, count + 1);
  }

  #leave(network: string): void {
    const left = (this.#countByNetwork.get(network) ?? 1) - 1;
    if (left === 0) this.#countByNetwork.delete(network);
    else this.#countByNetwork.set(network, left);
  }
}

/** Throws PAYLOAD_TOO_LARGE for a message with which nobody may wait for a turn, since all of it would wait with them. */
export function refuseLargeMessage(bytes: number): void {
  if (bytes > MAX_MESSAGE_BYTES)
    throw new TrainyardError('PAYLOAD_TOO_LARGE', `A sign-in request may have at most ${MAX_MESSAGE_BYTES} bytes.`);
}

/** Runs a task in the limiter of a key, which is there only while it has something to do. */
async function runIn<T>(
  limiters: Map<string, FairLimiter>,
  key: string,
  limit: number,
  owner: string,
  task: () => Promise<T>,
): Promise<T> {
  const limiter = limiters.get(key) ?? new FairLimiter(limit, MAX_WAITING, REFUSAL);
  limiters.set(key, limiter);
  try {
    return await limiter.run(owner, task);
  } finally {
    if (limiter.isIdle) limiters.delete(key);
  }
}
