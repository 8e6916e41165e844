import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv } from '../support/csv-files.ts';
import { expectError } from '../support/expect-error.ts';
import { train, uploadDataset } from '../support/operations.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const SET = `mutation ($name: String!, $artifactId: ID) { setModelAlias(name: $name, artifactId: $artifactId) {
  name updatedAt artifact { id } } }`;
const LIST = '{ modelAliases { name artifact { id } } }';
const PREDICT = `query ($alias: String, $id: ID) { predict(alias: $alias, artifactId: $id, rows: [{ petal: 4, soil: "wet" }]) {
  artifactId predictions { label } } }`;

let server: TestServer;
let client: TestClient;
let datasetId: string;
let first: string;
let second: string;

beforeAll(async () => {
  server = await startTestServer({ MAX_MODEL_ARTIFACTS: '2' });
  client = await server.signUp();
  datasetId = (await uploadDataset(client, flowersCsv())).id;
  first = await newModel();
  second = await newModel();
});

afterAll(() => server.close());

async function newModel(asker = client, dataset = datasetId): Promise<string> {
  const run = await train(asker, { datasetId: dataset, algorithm: 'BASELINE' });
  return run.artifact?.id ?? 'none';
}

async function listed(asker = client): Promise<(readonly [string, string | null])[]> {
  const { modelAliases } = await asker.execute<{ modelAliases: { name: string; artifact: { id: string } | null }[] }>(
    LIST,
  );
  return modelAliases.map(({ name, artifact }) => [name, artifact?.id ?? null] as const);
}

describe('an alias', () => {
  test('an alias stands for a model until it is moved to another, and predictions follow it', async () => {
    await client.execute(SET, { name: 'champion', artifactId: first });
    expect(await client.execute(PREDICT, { alias: 'champion' })).toMatchObject({ predict: { artifactId: first } });
    await client.execute(SET, { name: 'champion', artifactId: second });
    expect(await client.execute(PREDICT, { alias: 'champion' })).toMatchObject({ predict: { artifactId: second } });
    await client.execute(SET, { name: 'another', artifactId: first });
    expect(await listed()).toEqual([
      ['another', first],
      ['champion', second],
    ]);
  });

  test('without a model the alias is removed, and its model stays', async () => {
    await client.execute(SET, { name: 'short-lived', artifactId: first });
    expect(await client.execute(SET, { name: 'short-lived' })).toEqual({ setModelAlias: null });
    expect((await listed()).map(([name]) => name)).not.toContain('short-lived');
    expectError((await client.request(SET, { name: 'short-lived' })).errors, 'NOT_FOUND');
    expectError((await client.request(PREDICT, { alias: 'short-lived' })).errors, 'NOT_FOUND');
    expect(await client.execute(PREDICT, { id: first })).toMatchObject({ predict: { artifactId: first } });
  });

  test('names that are empty, too long or invisible are refused, and spaces around them do not count', async () => {
    for (const name of ['', ' ', 'x'.repeat(101), 'a\u200Bb', 'a\u0007']) {
      expectError((await client.request(SET, { name, artifactId: first })).errors, 'BAD_USER_INPUT', {
        argument: 'name',
      });
    }
    await client.execute(SET, { name: ' padded ', artifactId: first });
    expect((await listed()).map(([name]) => name)).toContain('padded');
  });

  test('predict takes an id or an alias, not both and not neither', async () => {
    for (const variables of [{ alias: 'champion', id: first }, {}]) {
      expectError((await client.request(PREDICT, variables)).errors, 'BAD_USER_INPUT', { argument: 'artifactId' });
    }
  });

  test('two at once leave one of both', async () => {
    await Promise.all(
      [first, second, first, second].map((artifactId) => client.execute(SET, { name: 'raced', artifactId })),
    );
    const raced = (await listed()).filter(([name]) => name === 'raced');
    expect(raced).toHaveLength(1);
    expect([first, second]).toContain(raced[0]?.[1]);
  });

  test('a workspace has at most 100 aliases, also of many that are made at once; those that exist can still be moved', async () => {
    const many = await server.signUp();
    const { id } = await uploadDataset(many, flowersCsv());
    const artifactId = await newModel(many, id);
    const names = Array.from({ length: 120 }, (_, index) => `name ${index}`);
    const answers = await Promise.all(names.map((name) => many.request(SET, { name, artifactId })));
    const refused = answers.filter(({ errors }) => errors.length > 0);
    expect(refused.map(({ errors }) => errors[0]?.extensions.code)).toEqual(
      Array.from({ length: 20 }, () => 'QUOTA_EXCEEDED'),
    );
    const [kept] = await listed(many);
    expect((await many.request(SET, { name: kept?.[0], artifactId })).errors).toEqual([]);
  });
});

describe('another workspace', () => {
  test('another workspace can neither name the model nor see the alias, and has aliases of its own', async () => {
    await client.execute(SET, { name: 'champion', artifactId: first });
    const other = await server.signUp();
    expectError((await other.request(SET, { name: 'mine', artifactId: first })).errors, 'NOT_FOUND');
    expectError((await other.request(PREDICT, { alias: 'champion' })).errors, 'NOT_FOUND');
    expectError((await other.request(SET, { name: 'champion' })).errors, 'NOT_FOUND');
    expect(await listed(other)).toEqual([]);
    const { id } = await uploadDataset(other, flowersCsv());
    const own = await newModel(other, id);
    await other.execute(SET, { name: 'champion', artifactId: own });
    expect(await other.execute(PREDICT, { alias: 'champion' })).toMatchObject({ predict: { artifactId: own } });
    expect(await client.execute(PREDICT, { alias: 'champion' })).toMatchObject({ predict: { artifactId: first } });
  });
});

test('a model that has an alias is not removed when there are too many; a deleted one takes its alias with it', async () => {
  const user = await server.signUp();
  const { id: dataset } = await uploadDataset(user, flowersCsv());
  const [oldest, ...others] = [await newModel(user, dataset), await newModel(user, dataset)];
  await user.execute(SET, { name: 'kept', artifactId: oldest });
  // With two models allowed, each of these displaces the oldest that is not kept.
  for (let round = 0; round < 3; round++) others.push(await newModel(user, dataset));
  const { artifacts } = await user.execute<{ artifacts: { nodes: { id: string }[] } }>(
    '{ artifacts { nodes { id } } }',
  );
  expect(artifacts.nodes.map(({ id }) => id)).toContain(oldest);
  expect(artifacts.nodes.length).toBeLessThan(others.length + 1);
  await user.execute('mutation ($id: ID!) { deleteArtifact(id: $id) { deleted } }', { id: oldest });
  expect(await listed(user)).toEqual([]);
});
