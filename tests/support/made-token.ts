import { createPrivateKey, createPublicKey } from 'node:crypto';
import { calculateJwkThumbprint, decodeJwt, exportJWK, SignJWT } from 'jose';
import { SECRETS } from './secrets.ts';
import type { TestClient } from './test-client.ts';

/** A token of the same session as the client's, with another life: as a server with these SECRETS makes them. */
export async function tokenOfSession(
  { token }: TestClient,
  expiresAt: Date,
  pem: string = SECRETS.TOKEN_KEYS,
): Promise<string> {
  if (token === null) throw new Error('The client is not signed in.');
  const { sub = '', workspace, sid } = decodeJwt(token);
  const key = createPrivateKey(pem);
  const kid = await calculateJwkThumbprint(await exportJWK(createPublicKey(key)));
  return await new SignJWT({ workspace, sid })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid })
    .setIssuer('trainyard')
    .setAudience('access')
    .setSubject(sub)
    .setIssuedAt(Math.min(Date.now(), expiresAt.getTime() - 1_000))
    .setExpirationTime(expiresAt)
    .sign(key);
}
