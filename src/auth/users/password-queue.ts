import { TrainyardError } from '../../errors.ts';
import { networkOf } from '../../platform/client-network.ts';
import { FairLimiter } from '../../platform/concurrency/fair-limiter.ts';

/** Two at a time leave the other threads of Node's pool to files. */
const PASSWORDS_AT_ONCE = 2;

/** Maximum waiting attempts per account and address; a person waits for one at a time. */
const MAX_WAITING = 10;

/** Maximum attempts of the known devices of an account, each of which may have as many waiting as an address. */
const MAX_OF_DEVICES = 100;

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

/** Whose password is tried, and from where. */
export interface PasswordAttempt {
  readonly account: string;
  /** The client's address. */
  readonly address: string;
  /** A device that has signed in with the current password before; null for any other. */
  readonly deviceId: string | null;
}

/**
 * Schedules password hashing, which takes 30 ms of a processor and 19 MiB each: fairly between addresses first, then between
 * the accounts of an address, so that neither many passwords nor many accounts tried from one address delay others. Each
 * account has one attempt at a time, whatever the number of addresses, and serves waiting addresses in turn, so its owner is
 * not locked out.
 *
 * Devices that have signed in to the account before do not wait for any other: they have lanes of their own, and get the next
 * free place. They take turns with all others, so that many accounts of one attacker keep nobody out either.
 */
export class PasswordQueue {
  readonly #byAccount = new Map<string, FairLimiter>();
  readonly #byNetwork = new Map<string, FairLimiter>();
  readonly #countByNetwork = new Map<string, number>();
  readonly #byKnownAccount = new Map<string, FairLimiter>();
  readonly #countByKnownAccount = new Map<string, number>();
  /** Each of them fills `all`, which gives known and unknown devices turns. */
  readonly #unknown = new FairLimiter(PASSWORDS_AT_ONCE, Number.POSITIVE_INFINITY);
  readonly #known = new FairLimiter(PASSWORDS_AT_ONCE, Number.POSITIVE_INFINITY);
  readonly #all = new FairLimiter(PASSWORDS_AT_ONCE, Number.POSITIVE_INFINITY);

  /**
   * Runs a task in its turn. Throws RATE_LIMITED if the account, or all accounts, have too many waiting attempts from this
   * address, or from this device.
   */
  async run<T>({ account, address, deviceId }: PasswordAttempt, task: () => Promise<T>): Promise<T> {
    // Where their lane is full, a known device waits as any other: never worse than who is not known.
    if (deviceId !== null && !this.#isFullOfDevices(account)) return await this.#runKnown(account, deviceId, task);
    const network = networkOf(address);
    enter(this.#countByNetwork, network, MAX_OF_NETWORK);
    try {
      const inAll = () => this.#unknown.run(network, () => this.#all.run('unknown', task));
      const inNetwork = () => runIn(this.#byNetwork, network, PASSWORDS_AT_ONCE, account, inAll);
      return await runIn(this.#byAccount, account, 1, network, inNetwork);
    } finally {
      leave(this.#countByNetwork, network);
    }
  }

  #isFullOfDevices(account: string): boolean {
    return (this.#countByKnownAccount.get(account) ?? 0) >= MAX_OF_DEVICES;
  }

  async #runKnown<T>(account: string, deviceId: string, task: () => Promise<T>): Promise<T> {
    enter(this.#countByKnownAccount, account, MAX_OF_DEVICES);
    try {
      const inAll = () => this.#known.run(account, () => this.#all.run('known', task));
      return await runIn(this.#byKnownAccount, account, 1, deviceId, inAll);
    } finally {
      leave(this.#countByKnownAccount, account);
    }
  }
}

/** Counts one more of a key. Throws RATE_LIMITED if there are `max` already. */
function enter(counts: Map<string, number>, key: string, max: number): void {
  const count = counts.get(key) ?? 0;
  if (count >= max) throw new TrainyardError('RATE_LIMITED', REFUSAL, { retryAfterSeconds: RETRY_SECONDS });
  counts.set(key, count + 1);
}

function leave(counts: Map<string, number>, key: string): void {
  const left = (counts.get(key) ?? 1) - 1;
  if (left === 0) counts.delete(key);
  else counts.set(key, left);
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
