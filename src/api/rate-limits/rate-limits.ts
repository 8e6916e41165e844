import { type DocumentNode, type FieldNode, GraphQLError, getOperationAST, valueFromASTUntyped } from 'graphql';
import type { Device, KnownDevices } from '../../auth/sessions/known-devices.ts';
import type { Config } from '../../config.ts';
import { isUnavailable, TrainyardError } from '../../errors.ts';
import { networkOf } from '../../platform/client-network.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import { type Database, type DatabaseAccess, openDatabase } from '../../platform/postgres/database.ts';
import type { Context } from '../graphql/context.ts';
import { rootFieldsOf } from '../limits/root-fields.ts';
import { LeasedCounter } from './leased-counter.ts';
import { deleteExpiredCounts } from './rate-limit.store.ts';
import { SharedLimiter } from './shared-limiter.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Counts wait for no other work of the process, and delay none. */
const MAX_CONNECTIONS = 2;

/** Interval of deleting counts that have ended. */
const DELETE_MILLISECONDS = 10 * MINUTE * 1_000;

/** A process takes this share of a limit at a time, so that few operations wait for the database. */
const LEASED_SHARE = 0.02;

export type RateLimitSettings = Pick<
  Config,
  'MAX_OPERATIONS_PER_ACCOUNT' | 'MAX_OPERATIONS_PER_ADDRESS' | 'MAX_SIGN_INS_PER_ADDRESS' | 'MAX_SIGN_UPS_PER_ADDRESS'
>;

/** A limit, and whose operations it counts. */
interface RateLimit {
  readonly counter: LeasedCounter;
  /** `this account` or `this address`. */
  readonly of: string;
  /** The mutation that is counted; null for all operations. */
  readonly mutation: string | null;
}

/** An operation that is about to be executed, of a validated document. */
export interface AdmittedOperation {
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * Limits how often an account and an address may execute operations, over all transports and processes. Each root field counts,
 * under whatever alias: ten in one request are as many as ten requests. A device that has signed in to an account with its current
 * password before counts apart from its address when it signs in again: who shares the address keeps nobody out.
 */
export class RateLimits {
  readonly #ofAddress: readonly RateLimit[];
  readonly #ofAccount: RateLimit;
  readonly #devices: Pick<KnownDevices, 'read' | 'isCurrent'>;
  readonly #database: Database;
  readonly #timer: NodeJS.Timeout;

  /** On connections of its own. */
  static open(
    access: DatabaseAccess,
    settings: RateLimitSettings,
    devices: Pick<KnownDevices, 'read' | 'isCurrent'>,
    logger: Logger,
  ): RateLimits {
    const database = openDatabase(access, MAX_CONNECTIONS, undefined, 'trainyard rate limits');
    return new RateLimits(database, settings, devices, logger);
  }

  /** Closes the database with itself. */
  constructor(
    database: Database,
    settings: RateLimitSettings,
    devices: Pick<KnownDevices, 'read' | 'isCurrent'>,
    logger: Logger,
  ) {
    this.#database = database;
    this.#devices = devices;
    this.#timer = setInterval(() => void this.deleteExpired(new Date()), DELETE_MILLISECONDS).unref();
    // Processes with other limits, as while they are restarted one after the other, count apart: what one of them has taken in advance
    // may be more than another one allows.
    const limit = (name: string, points: number, duration: number): LeasedCounter =>
      new LeasedCounter(
        new SharedLimiter(database, logger, { keyPrefix: `${name}-${points}`, points, duration }),
        Math.max(1, Math.floor(points * LEASED_SHARE)),
      );
    const ofAddress = (name: string, points: number, duration: number, mutation: string | null): RateLimit => {
      return { counter: limit(`${name}-address`, points, duration), of: 'this address', mutation };
    };
    this.#ofAddress = [
      ofAddress('sign-in', settings.MAX_SIGN_INS_PER_ADDRESS, HOUR, 'signIn'),
      // Each may become a mail, and those that wait to be written are bounded for all together.
      ofAddress('reset', settings.MAX_SIGN_INS_PER_ADDRESS, HOUR, 'requestPasswordReset'),
      ofAddress('sign-up', settings.MAX_SIGN_UPS_PER_ADDRESS, HOUR, 'signUp'),
      ofAddress('operation', settings.MAX_OPERATIONS_PER_ADDRESS, MINUTE, null),
    ];
    this.#ofAccount = {
      counter: limit('operation-account', settings.MAX_OPERATIONS_PER_ACCOUNT, MINUTE),
      ...{ of: 'this account', mutation: null },
    };
  }

  /** Deletes counts that ended before a time. While the database is away, this waits for the next time. */
  async deleteExpired(before: Date): Promise<void> {
    const isDeleted = this.#database.transaction({ maintenance: true }, (tx) => deleteExpiredCounts(tx, before));
    await isDeleted.catch((error: unknown) => {
      if (!isUnavailable(error)) throw error;
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#database.close();
  }

  /** Counts an operation. Throws RATE_LIMITED, with the time after which to try again, beyond a limit. */
  async admit(context: Context, { document, operationName, variables }: AdmittedOperation): Promise<void> {
    const operation = getOperationAST(document, operationName);
    if (!operation) return;
    const nodes = rootFieldsOf(document, operation);
    const fields = nodes.map(({ name }) => name.value);
    const network = networkOf(context.address);
    const known = await this.#deviceOf(context, nodes, variables);
    await this.#takeOf(known === null ? network : `device ${known.device.id}`, fields);
    // Looked up only for what the device may still send: a refusal costs no query.
    const isFormer = known !== null && !(await this.#devices.isCurrent(known.device, known.email));
    if (isFormer) await this.#takeOf(network, fields);
    // What the token says suffices to count: whether its session stands is for the fields to find out.
    const verified = await context.caller.verify();
    if (verified !== null) await take(this.#ofAccount, verified.claims.userId, fields);
  }

  async #takeOf(origin: string, fields: readonly string[]): Promise<void> {
    for (const limit of this.#ofAddress) await take(limit, origin, fields);
  }

  /** A device that signs in again to the account that it is known for; null for any other operation. */
  async #deviceOf(
    { cookies }: Context,
    [field, ...others]: readonly FieldNode[],
    variables: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly device: Device; readonly email: string } | null> {
    if (cookies.deviceToken === null || field?.name.value !== 'signIn' || others.length > 0) return null;
    const email = emailOf(field, variables);
    const device = email === null ? null : await this.#devices.read(cookies.deviceToken, email);
    return email === null || device === null ? null : { device, email };
  }
}

/** `input.email` of a field, as it was sent. */
function emailOf({ arguments: given = [] }: FieldNode, variables: Readonly<Record<string, unknown>>): string | null {
  const argument = given.find(({ name }) => name.value === 'input');
  const input: unknown = argument && valueFromASTUntyped(argument.value, variables);
  return typeof input === 'object' && input !== null && 'email' in input && typeof input.email === 'string'
    ? input.email
    : null;
}

/** The error of an operation beyond a limit; null for one that was counted, and may be executed. */
export async function refusalBy(
  limits: Pick<RateLimits, 'admit'>,
  context: Context,
  operation: AdmittedOperation,
): Promise<GraphQLError | null> {
  try {
    await limits.admit(context, operation);
    return null;
  } catch (error) {
    if (!(error instanceof TrainyardError)) throw error;
    const { code, details } = error;
    return new GraphQLError(error.message, { originalError: error, extensions: { ...details, code } });
  }
}

async function take({ counter, of, mutation }: RateLimit, key: string, fields: readonly string[]): Promise<void> {
  const counted = mutation === null ? Math.max(1, fields.length) : fields.filter((name) => name === mutation).length;
  if (counted === 0) return;
  const milliseconds = await counter.take(key, counted);
  if (milliseconds === 0) return;
  throw new TrainyardError(
    'RATE_LIMITED',
    `Too many ${mutation === null ? 'operations' : `${mutation}s`} from ${of}.`,
    {
      retryAfterSeconds: Math.ceil(milliseconds / 1_000),
    },
  );
}
