import { generateKeyPairSync } from 'node:crypto';

/** A key of access tokens, as an operator makes one. */
export function makeTokenKey(): string {
  return String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
}

/** The secrets of a server of these tests, which the tests know. */
export const SECRETS = {
  TOKEN_KEYS: makeTokenKey(),
  TOKEN_SECRET: 'a secret of the tests with more than 32 characters',
};
