import { createPrivateKey, type KeyObject } from 'node:crypto';

const PRIVATE_KEY = /-----BEGIN PRIVATE KEY-----[\s\S]*?-----END PRIVATE KEY-----/g;

/**
 * The Ed25519 private keys of a PEM text, in their order. Line ends may be written as `\n`, as in a file of environment
 * variables. Throws an Error whose message says what the text should be, and does not repeat it.
 */
export function parseEd25519Keys(text: string): readonly KeyObject[] {
  const pem = text.replaceAll('\\n', '\n');
  const blocks = pem.match(PRIVATE_KEY) ?? [];
  const rest = pem.replace(PRIVATE_KEY, '').trim();
  if (blocks.length === 0 || rest !== '') throw new Error(EXPECTED);
  return blocks.map(parseKey);
}

const EXPECTED = 'must be Ed25519 private keys in PEM form, as "openssl genpkey -algorithm ed25519" prints them';

function parseKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new Error(EXPECTED);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(EXPECTED);
  return key;
}
