import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectError } from '../../support/expect-error.ts';
import { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const PASSWORD = 'correct horse battery';
const SIGN_OUT = 'mutation ($everywhere: Boolean! = false) { signOut(everywhere: $everywhere) { everywhere } }';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
});

afterAll(() => server.close());

/** Signs a new user up, and in again so often. */
async function sessionsOf(email: string, count: number): Promise<TestClient[]> {
  const input = { email, password: PASSWORD };
  await server
    .anonymous()
    .execute('mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }', { input });
  const signIns = Array.from({ length: count }, () =>
    server
      .anonymous()
      .execute<{ signIn: { accessToken: string } }>(
        'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }',
        { input },
      ),
  );
  return (await Promise.all(signIns)).map(({ signIn }) => new TestClient(server.url, signIn.accessToken));
}

/** Which of the clients are signed in. */
async function standing(clients: readonly TestClient[]): Promise<boolean[]> {
  const answers = await Promise.all(
    clients.map((client) => client.execute<{ viewer: object | null }>('{ viewer { id } }')),
  );
  return answers.map(({ viewer }) => viewer !== null);
}

test('signOut ends the session of the token, and no other', async () => {
  const [here, there] = (await sessionsOf('one@example.com', 2)) as [TestClient, TestClient];
  const other = await server.signUp();
  expect(await here.execute('mutation { signOut { everywhere } }')).toEqual({ signOut: { everywhere: false } });
  expect(await standing([here, there, other])).toEqual([false, true, true]);
});

test('signOut everywhere ends all sessions of the user, and of nobody else', async () => {
  const clients = await sessionsOf('all@example.com', 3);
  const other = await server.signUp();
  expect(await clients[0]?.execute(SIGN_OUT, { everywhere: true })).toEqual({ signOut: { everywhere: true } });
  expect(await standing([...clients, other])).toEqual([false, false, false, true]);
});

test('with a token of an ended session everything is UNAUTHENTICATED, signOut too', async () => {
  const client = await server.signUp();
  await client.execute(SIGN_OUT);
  for (const operation of [
    SIGN_OUT,
    '{ datasets { totalCount } }',
    'mutation { signOut(everywhere: true) { everywhere } }',
  ]) {
    const { data, errors } = await client.request(operation);
    expect(Object.values(data ?? {})).toEqual([null]);
    expectError(errors, 'UNAUTHENTICATED');
  }
});

test('signing in again after signOut gives a valid token', async () => {
  const [first] = (await sessionsOf('again@example.com', 1)) as [TestClient];
  await first.execute(SIGN_OUT, { everywhere: true });
  const { signIn } = await server
    .anonymous()
    .execute<{ signIn: { accessToken: string } }>(
      'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }',
      { input: { email: 'again@example.com', password: PASSWORD } },
    );
  expect(await standing([first, new TestClient(server.url, signIn.accessToken)])).toEqual([false, true]);
});

test('a user whose account is deleted is signed out', async () => {
  const client = await server.signUp();
  const { viewer } = await client.execute<{ viewer: { user: { id: string } } }>('{ viewer { user { id } } }');
  await server.database.owner`delete from users where id = ${viewer.user.id}`;
  expect(await standing([client])).toEqual([false]);
});
