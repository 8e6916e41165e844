import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import type { OutsideIssuer } from '../../config.ts';
import { TrainyardError } from '../../errors.ts';
import { isSecureUrl } from '../../platform/secure-url.ts';
import { fetchJson } from './bounded-fetch.ts';

/** Keys are asked for again after this time: one that the issuer has withdrawn is good for no longer, while it can be reached. */
const FRESH_MILLISECONDS = 10 * 60_000;

/** While the issuer is away, its keys are used for so long. */
const USABLE_MILLISECONDS = 60 * 60_000;

/** After a token with an unknown key, the next one asks for keys only after this time: anybody can make up the id of a key. */
const UNKNOWN_MILLISECONDS = 30_000;

/** After an attempt that failed, the next one is made only after this time. */
const RETRY_MILLISECONDS = 10_000;

interface KeySet {
  readonly find: JWTVerifyGetKey;
  readonly readAt: number;
}

/** What the keys are found with. */
export interface IssuerKeysParts {
  readonly issuer: Pick<OutsideIssuer, 'issuer' | 'jwksUri'>;
  /** Is told why the keys could not be read. */
  readonly onFailure: (error: unknown) => void;
  /** A monotonic clock, in milliseconds. Default: that of the process. */
  readonly now?: () => number;
}

/** The public keys of an outside issuer. Its addresses come from the settings and from itself, never from a token. */
export class IssuerKeys {
  readonly #parts: IssuerKeysParts;
  readonly #now: () => number;
  #keys: KeySet | null = null;
  /** What the discovery document says. */
  #jwksUri: string | null = null;
  #reading: Promise<KeySet> | null = null;
  #failedAt = Number.NEGATIVE_INFINITY;
  #unknownAt = Number.NEGATIVE_INFINITY;

  constructor(parts: IssuerKeysParts) {
    this.#parts = parts;
    this.#now = parts.now ?? (() => performance.now());
  }

  /**
   * The key of a token. Throws an error of jose where the issuer has none for it, and SERVICE_UNAVAILABLE where the issuer
   * cannot be asked.
   */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const before = this.#keys;
    const keys = await this.#current();
    try {
      return await keys.find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || keys !== before) throw error;
      return await (await this.#afterUnknown(error)).find(header, token);
    }
  };

  /** The keys that are known, unless they are old. */
  async #current(): Promise<KeySet> {
    const known = this.#keys;
    const age = known === null ? Number.POSITIVE_INFINITY : this.#now() - known.readAt;
    if (known !== null && age < FRESH_MILLISECONDS) return known;
    try {
      return await this.#read();
    } catch (error) {
      if (known === null || age >= USABLE_MILLISECONDS) throw error;
      return known;
    }
  }

  /** The keys once more: the issuer may have replaced them since. */
  async #afterUnknown(error: errors.JWKSNoMatchingKey): Promise<KeySet> {
    if (this.#reading === null && this.#now() - this.#unknownAt < UNKNOWN_MILLISECONDS) throw error;
    if (this.#reading === null) this.#unknownAt = this.#now();
    return await this.#read();
  }

  /** Reads the keys: once, however many wait for them. Throws SERVICE_UNAVAILABLE. */
  async #read(): Promise<KeySet> {
    if (this.#reading === null && this.#now() - this.#failedAt < RETRY_MILLISECONDS) throw isAway();
    this.#reading ??= this.#readOnce().finally(() => {
      this.#reading = null;
    });
    return await this.#reading;
  }

  async #readOnce(): Promise<KeySet> {
    try {
      this.#jwksUri ??= this.#parts.issuer.jwksUri ?? (await discoverKeys(this.#parts.issuer.issuer));
      const found = await fetchJson(this.#jwksUri);
      this.#keys = { find: createLocalJWKSet(found as JSONWebKeySet), readAt: this.#now() };
      return this.#keys;
    } catch (error) {
      this.#failedAt = this.#now();
      // They may have moved.
      this.#jwksUri = null;
      this.#parts.onFailure(error);
      throw isAway(error);
    }
  }
}

/** Where an issuer says that its keys are (OpenID Connect Discovery 1.0). */
async function discoverKeys(issuer: string): Promise<string> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const found = await fetchJson(address);
  const { issuer: name, jwks_uri: jwksUri } = (found ?? {}) as {
    readonly issuer?: unknown;
    readonly jwks_uri?: unknown;
  };
  if (name !== issuer) throw new Error(`${address} is of the issuer ${JSON.stringify(name)?.slice(0, 200)}`);
  const isSafe = typeof jwksUri === 'string' && isSecureUrl(jwksUri);
  // One that is elsewhere must not lead to this machine.
  if (!isSafe || (issuer.startsWith('https:') && !jwksUri.startsWith('https:'))) {
    throw new Error(`${address} has no jwks_uri with https`);
  }
  return jwksUri;
}

function isAway(cause?: unknown): TrainyardError {
  const error = new TrainyardError(
    'SERVICE_UNAVAILABLE',
    'The issuer of the token is not available; try again later.',
    {
      retryAfterSeconds: RETRY_MILLISECONDS / 1_000,
    },
  );
  if (cause !== undefined) error.cause = cause;
  return error;
}
