import { createPublicKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK } from 'jose';
import { parseEd25519Keys } from '../../platform/ed25519-keys.ts';

/** A key pair of access tokens. */
interface TokenKey {
  /** The thumbprint of the public key (RFC 7638): the same in every process that has the key. */
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/**
 * The key pairs of access tokens. The first one signs; tokens of every one are accepted, so that keys can be replaced while
 * tokens of the former one are in use.
 */
export class TokenKeys {
  readonly #keys: ReadonlyMap<string, TokenKey>;
  readonly signing: TokenKey;

  private constructor(keys: readonly TokenKey[]) {
    const [first] = keys;
    if (first === undefined) throw new Error('Access tokens need a key to be signed with.');
    this.signing = first;
    this.#keys = new Map(keys.map((key) => [key.id, key]));
  }

  /** Of private keys in PEM form, as in TOKEN_KEYS. */
  static async parse(pem: string): Promise<TokenKeys> {
    return new TokenKeys(await Promise.all(parseEd25519Keys(pem).map(toTokenKey)));
  }

  /** The public key of an id; null for an unknown one. */
  publicKey(id: string | undefined): KeyObject | null {
    return this.#keys.get(id ?? '')?.publicKey ?? null;
  }
}

async function toTokenKey(privateKey: KeyObject): Promise<TokenKey> {
  const publicKey = createPublicKey(privateKey);
  return { id: await calculateJwkThumbprint(await exportJWK(publicKey)), privateKey, publicKey };
}
