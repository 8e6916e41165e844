import { createHook } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashPassword, UNMATCHABLE_HASH } from '../../../src/auth/users/password.ts';
import { eventually } from '../../support/eventually.ts';
import { expectError } from '../../support/expect-error.ts';
import { errorsOf, openSession } from '../../support/raw-socket.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const PASSWORD = 'correct horse battery';
const VIEWER =
  'id role user { id email name createdAt } workspace { id name } memberships { id role user { id } workspace { id } createdAt }';
const SIGN_UP = `mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken accessTokenExpiresAt viewer { ${VIEWER} } } }`;
const SIGN_IN = `mutation ($input: SignInInput!) { signIn(input: $input) { accessToken accessTokenExpiresAt viewer { ${VIEWER} } } }`;

interface Session {
  readonly accessToken: string;
  readonly accessTokenExpiresAt: string;
  readonly viewer: {
    readonly id: string;
    readonly user: { readonly id: string };
    readonly workspace: { readonly id: string };
  };
}

/** Who has no session any more, or not yet, comes by a link in a mail. */
const BY_MAIL = ['requestPasswordReset', 'resetPassword', 'verifyEmail'];

let server: TestServer;
let anonymous: TestClient;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  anonymous = server.anonymous();
});

afterAll(() => server.close());

/** How many password hashes Node itself begins meanwhile, whichever module asks for them. */
async function countHashes(work: () => Promise<unknown>): Promise<number> {
  let hashes = 0;
  const hook = createHook({
    init: (_id, type) => {
      if (type === 'ARGON2REQUEST') hashes++;
    },
  }).enable();
  try {
    await work();
  } finally {
    hook.disable();
  }
  return hashes;
}

async function signUp(input: object): Promise<Session> {
  return (await anonymous.execute<{ signUp: Session }>(SIGN_UP, { input })).signUp;
}

async function signIn(input: object): Promise<Session> {
  return (await anonymous.execute<{ signIn: Session }>(SIGN_IN, { input })).signIn;
}

describe('signUp', () => {
  test('signUp creates a user with a workspace of their own, as its owner', async () => {
    const { viewer, accessTokenExpiresAt } = await signUp({
      email: 'ada@example.com',
      password: PASSWORD,
      name: 'Ada',
    });
    expect(viewer).toMatchObject({
      role: 'OWNER',
      user: { email: 'ada@example.com', name: 'Ada' },
      workspace: { name: 'Ada' },
      memberships: [
        { id: viewer.id, role: 'OWNER', user: { id: viewer.user.id }, workspace: { id: viewer.workspace.id } },
      ],
    });
    expect(Date.parse(accessTokenExpiresAt)).toBeGreaterThan(Date.now());
  });

  test('signUp names the workspace after the e-mail address if there is no name', async () => {
    const { viewer } = await signUp({ email: 'nameless@example.com', password: PASSWORD });
    expect(viewer).toMatchObject({ user: { name: null }, workspace: { name: 'nameless@example.com' } });
  });

  test('signUp refuses an address that is taken, whatever its case and surrounding spaces', async () => {
    await signUp({ email: 'taken@example.com', password: PASSWORD });
    for (const email of ['taken@example.com', 'Taken@Example.COM', '  taken@example.com ']) {
      const { data, errors } = await anonymous.request(SIGN_UP, { input: { email, password: PASSWORD } });
      expect(data).toEqual({ signUp: null });
      expectError(errors, 'CONFLICT', { argument: 'input.email' });
    }
  });

  test('signUp refuses an address that differs only in the composition of its letters, and stores it composed', async () => {
    const { viewer } = await signUp({ email: 'Jose\u0301@example.com', password: PASSWORD, name: 'Jose\u0301' });
    expect(viewer).toMatchObject({ user: { email: 'jos\u00E9@example.com', name: 'Jos\u00E9' } });
    const { errors } = await anonymous.request(SIGN_UP, {
      input: { email: 'jos\u00E9@example.com', password: PASSWORD },
    });
    expectError(errors, 'CONFLICT');
    for (const email of ['jos\u00E9@example.com', 'jose\u0301@example.com', 'JOSE\u0301@example.com']) {
      expect((await signIn({ email, password: PASSWORD })).viewer.user.id).toBe(viewer.user.id);
    }
  });

  test('of several simultaneous sign-ups with one address, one succeeds', async () => {
    const input = { email: 'race@example.com', password: PASSWORD };
    const answers = await Promise.all(Array.from({ length: 4 }, () => anonymous.request(SIGN_UP, { input })));
    const codes = answers.map(({ errors }) => errors[0]?.extensions.code ?? 'signed up').sort();
    expect(codes).toEqual(['CONFLICT', 'CONFLICT', 'CONFLICT', 'signed up']);
    const [count] = await server.database.owner`select count(*)::int from workspaces where name = 'race@example.com'`;
    expect(count).toEqual({ count: 1 });
  });

  test.each([
    ['an address without @', { email: 'ada.example.com', password: PASSWORD }, 'input.email'],
    ['an address with a space', { email: 'a da@example.com', password: PASSWORD }, 'input.email'],
    ['an empty address', { email: '', password: PASSWORD }, 'input.email'],
    ['an endless address', { email: `${'a'.repeat(400)}@example.com`, password: PASSWORD }, 'input.email'],
    ['a short password', { email: 'short@example.com', password: '1234567' }, 'input.password'],
    ['an endless password', { email: 'long@example.com', password: 'x'.repeat(1_001) }, 'input.password'],
    ['a name with a bell', { email: 'bell@example.com', password: PASSWORD, name: 'A\u0007da' }, 'input.name'],
    ['a name written backwards', { email: 'bidi@example.com', password: PASSWORD, name: '\u202Eada' }, 'input.name'],
    ['an endless name', { email: 'name@example.com', password: PASSWORD, name: 'x'.repeat(201) }, 'input.name'],
  ])('signUp refuses %s and names the argument', async (_, input, argument) => {
    const { errors } = await anonymous.request(SIGN_UP, { input });
    expect(errors).toMatchObject([{ path: ['signUp'], extensions: { code: 'BAD_USER_INPUT', argument } }]);
  });
});

test('signUp refuses what mail servers read as another address than it looks, and says how a domain is written', async () => {
  for (const [email, hint] of [
    ['<ada@example.com>', 'Use an address such as name@example.com, with at most 320 characters.'],
    ['ada(work)@example.com', 'Use an address such as name@example.com, with at most 320 characters.'],
    ['"ada"@example.com', 'Use an address such as name@example.com, with at most 320 characters.'],
    ['ada,grace@example.com', 'Use an address such as name@example.com, with at most 320 characters.'],
    ['ada@[127.0.0.1]', 'Use an address such as name@example.com, with at most 320 characters.'],
    ['ada@example.com.', 'Use an address such as name@example.com, with at most 320 characters.'],
    ['ada@example。com', 'Write it as example.com.'],
    ['ada@ｅxample.com', 'Write it as example.com.'],
    ['ada@xn--mnchen-3ya.de', 'Write it as münchen.de.'],
  ] as const) {
    const { errors } = await anonymous.request(SIGN_UP, { input: { email, password: PASSWORD } });
    expectError(errors, 'BAD_USER_INPUT', { argument: 'input.email', hint });
  }
  for (const email of ["o'neil+lists", 'müller', '用户'].map((name) => `${name}.${randomUUID()}@münchen.de`)) {
    const { data } = await anonymous.request(SIGN_UP, { input: { email, password: PASSWORD } });
    expect(data).toMatchObject({ signUp: { viewer: { user: { email } } } });
  }
});

test('signUp refuses an address with an invisible character, and names it', async () => {
  for (const code of ['200B', '202E', '0007', '00AD', 'FEFF', 'E000', '0378', '3164', '200D']) {
    const email = `a${String.fromCodePoint(Number.parseInt(code, 16))}da@example.com`;
    const { errors } = await anonymous.request(SIGN_UP, { input: { email, password: PASSWORD } });
    const message = `The e-mail address has the character U+${code}, which is invisible.`;
    expect(errors, code).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT', argument: 'input.email' } }]);
  }
});

describe('signIn', () => {
  test('a password that is changed while somebody signs in with it opens no session that outlives the change', async () => {
    const email = `${randomUUID()}@example.com`;
    const { viewer } = await signUp({ email, password: PASSWORD });
    const { owner } = server.database;
    const held = await owner.reserve();
    await held`begin`;
    await held`lock table sessions in access exclusive mode`;
    const late = anonymous.request(SIGN_IN, { input: { email, password: PASSWORD } });
    // The password was right, and the session is about to be opened.
    await eventually(async () => {
      const rows = await owner`select from pg_locks where not granted and relation = 'sessions'::regclass`;
      expect(rows).toHaveLength(1);
    });
    await owner`update password_hashes set hash = ${await hashPassword('another horse')} where user_id = ${viewer.user.id}`;
    await held`rollback`;
    held.release();
    expectError((await late).errors, 'UNAUTHENTICATED', { reason: 'WRONG_CREDENTIALS' });
    expect(await owner`select from sessions where user_id = ${viewer.user.id} and ended_at is null`).toHaveLength(1);
  });

  test('signIn opens the workspace of signUp, with a valid token', async () => {
    const made = await signUp({ email: 'grace@example.com', password: PASSWORD });
    const { viewer, accessToken } = await signIn({ email: ' Grace@example.com', password: PASSWORD });
    expect(viewer).toEqual(made.viewer);
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `bearer ${accessToken}` },
      body: JSON.stringify({ query: '{ viewer { user { email } } }' }),
    });
    expect(await answer.json()).toEqual({ data: { viewer: { user: { email: 'grace@example.com' } } } });
  });

  test('signIn gives the same error for a wrong password and an unknown address', async () => {
    await signUp({ email: 'known@example.com', password: PASSWORD });
    const [wrong, unknown] = await Promise.all(
      ['known@example.com', 'unknown@example.com'].map((email) =>
        anonymous.request(SIGN_IN, { input: { email, password: 'wrong horse battery' } }),
      ),
    );
    const shown = (answer: typeof wrong) => {
      const [{ extensions, ...error } = { extensions: null }] = answer?.errors ?? [];
      return { ...error, ...extensions, requestId: '', status: answer?.status };
    };
    expect(shown(wrong)).toMatchObject({ code: 'UNAUTHENTICATED', status: 200 });
    expect(shown(unknown)).toEqual(shown(wrong));
  });

  test('signIn hashes as often and as expensively for an unknown address as for a wrong password', async () => {
    await signUp({ email: 'timed@example.com', password: PASSWORD });
    for (const email of ['timed@example.com', 'nobody@example.com']) {
      const hashes = await countHashes(() =>
        anonymous.request(SIGN_IN, { input: { email, password: 'wrong horse battery' } }),
      );
      expect(hashes, email).toBe(1);
    }
    const costOf = (hash: string) => hash.split('$').map((part, place) => (place < 4 ? part : part.length));
    expect(costOf(UNMATCHABLE_HASH)).toEqual(costOf(await hashPassword(PASSWORD)));
  });

  test('signIn finds accounts of earlier versions, whose address was stored as entered', async () => {
    const { viewer } = await signUp({ email: 'earlier@example.com', password: PASSWORD });
    const email = 'rene\u0301\u200B@example.com';
    await server.database.owner`update users set email = ${email} where id = ${viewer.user.id}`;
    expect((await signIn({ email, password: PASSWORD })).viewer.user.id).toBe(viewer.user.id);
  });

  test('signIn is not blocked for anybody by 150 simultaneous wrong passwords', async () => {
    await signUp({ email: 'attacked@example.com', password: PASSWORD });
    await signUp({ email: 'bystander@example.com', password: PASSWORD });
    const attack = Array.from({ length: 150 }, () =>
      anonymous.request(SIGN_IN, { input: { email: 'attacked@example.com', password: 'wrong horse battery' } }),
    );
    const { viewer } = await signIn({ email: 'bystander@example.com', password: PASSWORD });
    expect(viewer).toMatchObject({ role: 'OWNER' });
    const codes = (await Promise.all(attack)).map(({ errors }) => errors[0]?.extensions.code);
    expect(new Set(codes)).toEqual(new Set(['UNAUTHENTICATED', 'RATE_LIMITED']));
    expect((await signIn({ email: 'attacked@example.com', password: PASSWORD })).viewer).toMatchObject({
      role: 'OWNER',
    });
  });

  test('signIn accepts passwords however their letters are composed', async () => {
    await signUp({ email: 'umlaut@example.com', password: 'prüfungen' });
    const { viewer } = await signIn({ email: 'umlaut@example.com', password: 'pru\u0308fungen' });
    expect(viewer).toMatchObject({ role: 'OWNER' });
  });
});

test('neither passwords nor their hashes are stored where they can be read', async () => {
  await signUp({ email: 'hidden@example.com', password: 'a very secret phrase' });
  const [row] = await server.database.owner<{ text: string }[]>`
    select concat(users, password_hashes) as text from users join password_hashes on user_id = id where email = 'hidden@example.com'`;
  expect(row?.text).not.toContain('secret phrase');
  expect(row?.text).toContain('$argon2id$v=19$m=19456,t=2,p=1$');
});

test('viewer is null without an error if nobody is signed in', async () => {
  expect(await anonymous.request('{ viewer { id } }')).toEqual({ status: 200, data: { viewer: null }, errors: [] });
});

test('every operation but sign-in, sign-up, viewer, health and limits requires a session', async () => {
  const fields = await anonymous.execute<{ __schema: Record<string, { fields: { name: string }[] }> }>(
    '{ __schema { queryType { fields { name } } mutationType { fields { name } } } }',
  );
  const free = ['health', 'limits', 'viewer', 'signUp', 'signIn', 'refreshSession', ...BY_MAIL];
  const id = '00000000-0000-4000-8000-000000000000';
  const guarded: Record<string, string> = {
    node: `{ node(id: "${id}") { id } }`,
    datasets: '{ datasets { totalCount } }',
    dataset: `{ dataset(id: "${id}") { id } }`,
    algorithms: '{ algorithms { name } }',
    trainingRuns: '{ trainingRuns { totalCount } }',
    trainingRun: `{ trainingRun(id: "${id}") { id } }`,
    artifacts: '{ artifacts { totalCount } }',
    artifact: `{ artifact(id: "${id}") { id } }`,
    metricTrends: '{ metricTrends { runId } }',
    metricsSummary: '{ metricsSummary { count } }',
    compareRuns: `{ compareRuns(ids: ["${id}"]) { warnings } }`,
    updateTrainingRun: `mutation { updateTrainingRun(input: { id: "${id}", tags: [] }) { id } }`,
    archiveTrainingRun: `mutation { archiveTrainingRun(id: "${id}") { id } }`,
    signOut: 'mutation { signOut { everywhere } }',
    startTraining: `mutation { startTraining(input: { datasetId: "${id}" }) { id } }`,
    cancelTraining: `mutation { cancelTraining(id: "${id}") { id } }`,
    stopTraining: `mutation { stopTraining(id: "${id}") { id } }`,
    retryTraining: `mutation { retryTraining(id: "${id}") { id } }`,
    deleteArtifact: `mutation { deleteArtifact(id: "${id}") { id } }`,
    deleteTrainingRun: `mutation { deleteTrainingRun(id: "${id}") { id } }`,
    deleteDataset: `mutation { deleteDataset(id: "${id}") { id } }`,
    restoreDataset: `mutation { restoreDataset(id: "${id}") { id } }`,
    datasetDeletion: `{ datasetDeletion(id: "${id}") { id } }`,
    pinDataset: `mutation { pinDataset(id: "${id}", pinned: true) { id } }`,
    pinArtifact: `mutation { pinArtifact(id: "${id}", pinned: true) { id } }`,
    cleanupExpiredDatasets: 'mutation { cleanupExpiredDatasets { deleted } }',
    uploadSession: `{ uploadSession(id: "${id}") { id } }`,
    uploadSessions: '{ uploadSessions { id } }',
    createUpload: 'mutation { createUpload(input: { filename: "a.csv", sizeBytes: 10 }) { id } }',
    completeUpload: `mutation { completeUpload(id: "${id}") { id } }`,
    abortUpload: `mutation { abortUpload(id: "${id}") { id } }`,
    modelAliases: '{ modelAliases { name } }',
    setModelAlias: `mutation { setModelAlias(name: "a", artifactId: "${id}") { name } }`,
    batchPredictions: '{ batchPredictions { totalCount } }',
    batchPrediction: `{ batchPrediction(id: "${id}") { id } }`,
    startBatchPrediction: `mutation { startBatchPrediction(input: { artifactId: "${id}", datasetId: "${id}" }) { id } }`,
    cancelBatchPrediction: `mutation { cancelBatchPrediction(id: "${id}") { id } }`,
    deleteBatchPrediction: `mutation { deleteBatchPrediction(id: "${id}") { id } }`,
    predict: `{ predict(artifactId: "${id}", rows: []) { task } }`,
    apiKeys: '{ apiKeys { id } }',
    createApiKey: 'mutation { createApiKey(input: { name: "a" }) { key } }',
    revokeApiKey: `mutation { revokeApiKey(id: "${id}") { id } }`,
    selectWorkspace: `mutation { selectWorkspace(id: "${id}") { accessToken } }`,
    acceptInvitation: 'mutation { acceptInvitation(token: "a") { accessToken } }',
    deleteWorkspace: `mutation { deleteWorkspace(id: "${id}") { id } }`,
    createWorkspace: 'mutation { createWorkspace(name: "a") { id } }',
    inviteMember: 'mutation { inviteMember(input: { email: "a@example.com" }) { id } }',
    revokeInvitation: `mutation { revokeInvitation(id: "${id}") { id } }`,
    changeRole: `mutation { changeRole(membershipId: "${id}", role: READER) { id } }`,
    removeMember: `mutation { removeMember(membershipId: "${id}") { id } }`,
    changePassword: 'mutation { changePassword(current: "x", new: "y") { signedOutElsewhere } }',
    updateProfile: 'mutation { updateProfile { id } }',
    deleteAccount: 'mutation { deleteAccount(password: "x") { id } }',
    createDownload: `mutation { createDownload(input: { datasetId: "${id}" }) { url } }`,
  };
  for (const [name, query] of Object.entries(guarded)) {
    const { errors, data } = await anonymous.request(query);
    expect(data, name).toEqual({ [name]: null });
    expect(errors, name).toMatchObject([{ path: [name], extensions: { code: 'UNAUTHENTICATED' } }]);
  }
  const names = Object.values(fields.__schema).flatMap((type) => type.fields.map(({ name }) => name));
  // Uploads are refused before their body is read: tests/api/http/multipart.test.ts.
  const elsewhere = ['importModel', 'inspectDataset', 'uploadDataset'];
  expect(names.filter((name) => ![...free, ...elsewhere, ...Object.keys(guarded)].includes(name))).toEqual([]);
});

test('a request that signs in or up must be short, since it waits with all of its contents; over a socket, too', async () => {
  const names = { email: 'short@example.com', password: PASSWORD };
  const query = `mutation ($input: SignUpInput!, $in: SignInInput!, $up: Boolean!) {
    signUp(input: $input) @include(if: $up) { accessToken } signIn(input: $in) @skip(if: $up) { accessToken }
  }`;
  const payloadOf = (up: boolean, length: number) => {
    const variables = { input: names, in: names, up };
    const rest = JSON.stringify({ query, variables, extensions: { more: '' } }).length;
    return { query, variables, extensions: { more: 'x'.repeat(length - rest) } };
  };
  const { token } = await server.signUp();
  const codesOf = async (up: boolean, length: number) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const body = JSON.stringify(payloadOf(up, length));
    const answer = await fetch(`${server.url}/graphql`, { method: 'POST', headers, body });
    const { errors = [] } = (await answer.json()) as { errors?: { extensions: { code: string } }[] };
    return errors.map(({ extensions }) => extensions.code);
  };
  for (const up of [true, false]) {
    expect(await codesOf(up, 20_001)).toEqual(['PAYLOAD_TOO_LARGE']);
    expect(await codesOf(up, 20_000)).toEqual([]);
  }
  const socket = await openSession(server.url, { authorization: `Bearer ${token}` });
  const errors = errorsOf(await socket.ask('1', payloadOf(false, 30_000)));
  expect(errors.map(({ extensions }) => extensions.code)).toEqual(['PAYLOAD_TOO_LARGE']);
  socket.terminate();
});
