import { randomUUID } from 'node:crypto';
import { TestClient } from './test-client.ts';

/** The password of everybody whom the tests sign up. */
export const PASSWORD = 'correct horse battery';

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string | null;
}

const SIGN_IN = 'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken refreshToken } }';
const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken refreshToken } }';
const REFRESH = 'mutation ($token: String) { refreshSession(refreshToken: $token) { accessToken refreshToken } }';

/** An address that nobody has yet. */
export function freshEmail(): string {
  return `${randomUUID()}@example.com`;
}

/** Signs a new user up, whose tokens come in the body. */
export async function signUpWith(url: string, email = freshEmail()): Promise<Tokens & { readonly email: string }> {
  const input = { email, password: PASSWORD, tokenTransport: 'BODY' };
  const { signUp } = await new TestClient(url, null).execute<{ signUp: Tokens }>(SIGN_UP, { input });
  return { ...signUp, email };
}

/** Signs in with tokens in the body. */
export async function signInWith(url: string, email: string, password = PASSWORD): Promise<Tokens> {
  const input = { email, password, tokenTransport: 'BODY' };
  return (await new TestClient(url, null).execute<{ signIn: Tokens }>(SIGN_IN, { input })).signIn;
}

/** Refreshes a session, whatever the answer. */
export async function tryRefresh(url: string, token: string | null) {
  return await new TestClient(url, null).request<{ refreshSession: Tokens | null }>(REFRESH, { token });
}

/** Refreshes a session, which must succeed. */
export async function refresh(url: string, token: string | null): Promise<Tokens> {
  const { data, errors } = await tryRefresh(url, token);
  if (!data?.refreshSession) throw new Error(`The session was not refreshed: ${JSON.stringify(errors)}`);
  return data.refreshSession;
}

/** Whether somebody is signed in with an access token. */
export async function isSignedIn(url: string, accessToken: string): Promise<boolean> {
  const { viewer } = await new TestClient(url, accessToken).execute<{ viewer: object | null }>('{ viewer { id } }');
  return viewer !== null;
}
