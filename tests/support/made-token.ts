import { decodeJwt, SignJWT } from 'jose';
import type { TestClient } from './test-client.ts';

/** A token of the same session as the client's, with another life: as the server makes them. */
export function tokenOfSession({ token }: TestClient, secret: string, expiresAt: Date): Promise<string> {
  if (token === null) throw new Error('The client is not signed in.');
  const { sub = '', workspace, sid } = decodeJwt(token);
  return new SignJWT({ workspace, sid })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('trainyard')
    .setAudience('access')
    .setSubject(sub)
    .setExpirationTime(expiresAt)
    .sign(new TextEncoder().encode(secret));
}
