import { TrainyardError } from '../../errors.ts';
import { networkOf } from '../../platform/client-network.ts';
import { FairLimiter } from '../../platform/concurrency/fair-limiter.ts';

/** Two at a time leave the other threads of Node's pool to files. */
const PASSWORDS_AT_ONCE = 2;

/** Maximum waiting attempts per account and address; a person waits for one at a time. */
const MAX_WAITING = 10;

/**
 * Maximum attempts per address over all accounts, running or waiting: the last one waits for five seconds, and few people
 * wait longer. Each keeps its message in memory meanwhile, and a socket may send a hundred.
 */
const MAX_OF_NETWORK = 300;

/** Maximum message size: far more than the longest e-mail address, password and name take. */
const MAX_MESSAGE_BYTES = 20_000;

/** After this time, half of a full queue has been processed. */
const RETRY_SECONDS = 3;

const REFUSAL = 'Too many concurrent sign-in attempts.';

/**
 * Schedules password hashing, which takes 30 ms of a processor and 19 MiB each: fairly between addresses first, then between
 * the accounts of an address, so that neither many passwords nor many accounts tried from one address delay others. Each
 * account has one attempt at a time, whatever the number of addresses, and serves waiting addresses in turn, so its owner is
 * not locked out.
 */
export class PasswordQueue {
  readonly #byAccount = new Map<string, FairLimiter>();
  readonly #byNetwork = new Map<string, FairLimiter>();
  readonly #countByNetwork = new Map<string, number>();
  readonly #all = new FairLimiter(PASSWORDS_AT_ONCE, Number.POSITIVE_INFINITY);

  /**
   * Runs a task in its turn. Throws RATE_LIMITED if the account, or all accounts, have too many waiting attempts from this
   * address.
   */
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
    if (count >= MAX_OF_NETWORK) {
      throw new TrainyardError('RATE_LIMITED', REFUSAL, { retryAfterSeconds: RETRY_SECONDS });
    }
    this.#countByNetwork.set(network, count + 1);
  }

  #leave(network: string): void {
    const left = (this.#countByNetwork.get(network) ?? 1) - 1;
    if (left === 0) this.#countByNetwork.delete(network);
    else this.#countByNetwork.set(network, left);
  }
}

/** Throws PAYLOAD_TOO_LARGE for a message that is too large to be kept in memory while it waits. */
export function refuseLargeMessage(bytes: number): void {
  if (bytes > MAX_MESSAGE_BYTES) {
    throw new TrainyardError('PAYLOAD_TOO_LARGE', `A sign-in request may have at most ${MAX_MESSAGE_BYTES} bytes.`);
  }
}

/** Runs a task in the limiter of a key, which exists only while it is in use. */
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
