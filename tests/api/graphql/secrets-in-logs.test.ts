import { chmod, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import postgres from 'postgres';
import { expect, inject, test } from 'vitest';
import { startEmbeddedPostgres } from '../../../src/platform/embedded-postgres/embedded-postgres.ts';
import { describeError } from '../../../src/platform/monitoring/describe-error.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { eventually } from '../../support/eventually.ts';
import { type FailingAccess, failEachOnce } from '../../support/failing-proxy.ts';
import { START, UPLOAD } from '../../support/operations.ts';
import { type Answer, TestClient } from '../../support/test-client.ts';
import { startTestServer } from '../../support/test-server.ts';

const PASSWORD = 'a-planted-password';
const EMAIL = 'planted@secret.example';
const LABEL = 'planted-label';
const KEY = 'planted-key';

/** What stands in no log, whatever fails. */
const SECRETS = [PASSWORD, EMAIL, 'argon2', LABEL, 'planted-name', KEY, '0.707070707'];

/** A table whose labels, cells and name of a column are to be kept. */
const FILE = {
  name: 'rows.csv',
  content: ['planted-name,size,kind', ...Array.from({ length: 40 }, (_, row) => rowOf(row))].join('\n'),
};

function rowOf(row: number): string {
  return `${row + 0.707070707},${row % 7},${row % 2 === 0 ? LABEL : 'other'}`;
}

function secretsIn(text: string): string[] {
  return SECRETS.filter((secret) => text.includes(secret));
}

test('the values of a failing statement never reach the log', async () => {
  let log = '';
  const proxies: FailingAccess[] = [];
  const server = await startTestServer(
    { LOG_LEVEL: 'trace' },
    {
      log: {
        write(line) {
          log += line;
        },
      },
      access: async ({ access }) => {
        const failing = await failEachOnce(access);
        proxies.push(failing);
        return failing.access;
      },
    },
  );
  const [failing] = proxies;
  if (failing === undefined) throw new Error('The server was given no way into its database.');
  try {
    failing.begin();
    // Connections that stand have prepared their statements already: new ones send them again.
    await server.database.owner`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and usename = 'trainyard_app'`;
    let token = '';
    // Once a whole road was walked on which nothing failed for the first time, everything has failed.
    for (let before = -1; before < failing.failed.size; ) {
      before = failing.failed.size;
      token = await walkTheRoad(server.anonymous());
      expect(log).not.toContain(token);
    }
    expect(failing.failed.size).toBeGreaterThan(50);
    expect(log).toContain('A query failed.');
    expect(secretsIn(log)).toEqual([]);
  } finally {
    await server.close();
    await failing.close();
  }
});

let walks = 0;

/** Signs up, in and out, uploads, trains, looks at everything and deletes the model, each until it is done. Gives a token. */
async function walkTheRoad(anonymous: TestClient): Promise<string> {
  walks += 1;
  const signUp = 'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }';
  const signIn = 'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }';
  let tries = 0;
  const account = () => ({ email: `${walks}.${tries++}.${EMAIL}`, password: PASSWORD });
  let input = account();
  await untilDone(() => {
    input = account();
    return anonymous.request(signUp, { input: { ...input, name: 'someone' } });
  });
  const session = await untilDone<{ signIn: { accessToken: string } }>(() => anonymous.request(signIn, { input }));
  const token = session.signIn.accessToken;
  const client = new TestClient(anonymous.url, token);
  const { uploadDataset } = await untilDone<{ uploadDataset: { dataset: { id: string } } }>(() =>
    client.requestWithFile(UPLOAD, FILE, { input: { idempotencyKey: KEY } }),
  );
  const { startTraining } = await untilDone<{ startTraining: { id: string } }>(() =>
    client.request(START, {
      input: { datasetId: uploadDataset.dataset.id, target: 'kind', algorithm: 'DECISION_TREE', idempotencyKey: KEY },
    }),
  );
  const { id } = startTraining;
  const { trainingRun } = await eventually(async () => {
    const seen = await untilDone<{ trainingRun: { status: string; artifact: { id: string } | null } }>(() =>
      client.request('query ($id: ID!) { trainingRun(id: $id) { status artifact { id } } }', { id }),
    );
    expect(['SUCCEEDED', 'FAILED']).toContain(seen.trainingRun.status);
    return seen;
  });
  for (const query of LOOKS) await untilDone(() => client.request(query, { id, dataset: uploadDataset.dataset.id }));
  if (trainingRun.artifact !== null) {
    const artifact = { id: trainingRun.artifact.id };
    await untilDone(() => client.request('mutation ($id: ID!) { deleteArtifact(id: $id) { id } }', artifact));
  }
  await untilDone(() => client.request('mutation { signOut { __typename } }'));
  return token;
}

const LOOKS = [
  'query ($dataset: ID!) { dataset(id: $dataset) { id columns { name } versions { totalCount edges { node { id } } } trainingRuns { totalCount } } }',
  'query ($id: ID!) { trainingRun(id: $id) { dataset { id } events { seq } features curve { iteration } featureImportances { feature } } }',
  '{ datasets { totalCount edges { node { preview { cells } issues { code } } } } }',
  '{ trainingRuns(filter: { statuses: [QUEUED] }) { totalCount edges { node { id } } } artifacts { totalCount edges { node { id } } } }',
  '{ metricTrends { runId } metricsSummary { count } viewer { user { email } workspace { usage { runs } } memberships { id } } }',
];

/** Asks until the answer bears no error; what fails fails once. */
async function untilDone<Data>(ask: () => Promise<Answer<unknown>>): Promise<Data> {
  for (let tries = 0; ; tries++) {
    const { data, errors } = await ask();
    if (errors.length === 0) return data as Data;
    const isOwnFault = errors.every(({ extensions }) => OWN_FAULTS.has(extensions.code));
    if (!isOwnFault || tries > 100) throw new Error(JSON.stringify(errors));
  }
}

const OWN_FAULTS = new Set(['INTERNAL_SERVER_ERROR', 'SERVICE_UNAVAILABLE']);

test('the embedded PostgreSQL never logs the values of a failing statement', async () => {
  const directory = await mkdtemp(join(inject('temporaryDirectory'), 'logs-'));
  await chmod(directory, 0o755);
  const lines: string[] = [];
  const options = { directory, durable: false, onLog: (line: string) => lines.push(line) };
  const embedded = endsWithTest(await startEmbeddedPostgres(options), 'stop');
  const sql = endsWithTest(postgres(embedded.ownerUrl, { max: 1, onnotice: () => undefined }), 'end');
  await sql`create table planted (email text primary key, size integer check (size > 0))`;
  await sql`insert into planted values (${EMAIL}, 1)`;
  const failing = [
    () => sql`insert into planted values (${EMAIL}, 1)`,
    () => sql`insert into planted values (${LABEL}, ${-1})`,
    () => sql`select ${LABEL}::text::integer`,
    () => sql`select from planted where email = ${EMAIL} and 1 / (size - 1) > 0`,
    () => sql.unsafe(`select '${LABEL}'::uuid`),
    () => sql.unsafe(`selekt '${LABEL}'`),
    () => sql.unsafe(`do $$ begin raise exception '${LABEL}'; end $$`),
  ];
  for (const fail of failing) {
    const error = await fail().then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(postgres.PostgresError);
    expect(secretsIn(JSON.stringify(describeError(error)))).toEqual([]);
  }
  await sql.end();
  await embedded.stop();
  expect(lines.join('\n')).toContain('ready to accept connections');
  expect(secretsIn(lines.join('\n'))).toEqual([]);
});

test('a logged error keeps what tells the operator where to look', () => {
  const error = new Error('outer', {
    cause: Object.assign(new Error('inner'), { code: 'ECONNREFUSED', syscall: 'connect' }),
  });
  expect(describeError(error)).toMatchObject({
    ...{ type: 'Error', message: 'outer', stack: expect.stringContaining('secrets-in-logs') },
    cause: { message: 'inner', code: 'ECONNREFUSED', syscall: 'connect' },
  });
  expect(describeError('planted-label')).toEqual({
    type: 'string',
    message: 'A value that is not an Error was thrown.',
  });
});
