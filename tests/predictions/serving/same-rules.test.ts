import { expect, test } from 'vitest';
import { flowersCsv } from '../../support/csv-files.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { addMember } from '../../support/members.ts';
import { train, uploadDataset } from '../../support/operations.ts';
import { startTestServer } from '../../support/test-server.ts';

/** The code of the first error of an answer, and its status. */
async function invoke(url: string, id: string, token: string | null): Promise<[number, string | null]> {
  const response = await fetch(`${url}/v1/models/${id}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ instances: [[4.4, 'wet']] }),
  });
  const { errors } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
  return [response.status, errors?.[0]?.extensions.code ?? null];
}

const CREATE_KEY = `mutation ($role: Role!) { createApiKey(input: { name: "key", role: $role }) { key } }`;

test('readers and keys of any role predict by REST as they do by predict, and nobody whose access has ended', async () => {
  const server = endsWithTest(await startTestServer());
  const client = await server.signUp();
  const { id: datasetId } = await uploadDataset(client, flowersCsv());
  const id = (await train(client, { datasetId, algorithm: 'DECISION_TREE' })).artifact?.id ?? '';
  const { client: reader } = await addMember(server, client, 'READER');
  const { createApiKey } = await client.execute<{ createApiKey: { key: string } }>(CREATE_KEY, { role: 'READER' });
  const tokens = [client.token, reader.token, createApiKey.key];
  for (const token of tokens) expect(await invoke(server.url, id, token)).toEqual([200, null]);
  await reader.execute('mutation { signOut { everywhere } }');
  expect(await invoke(server.url, id, reader.token)).toEqual([401, 'UNAUTHENTICATED']);
});

test('a prediction by REST counts as predict: against the limit of its account, and in the metrics', async () => {
  const server = endsWithTest(await startTestServer({ MAX_OPERATIONS_PER_ACCOUNT: '60' }));
  const client = await server.signUp();
  const { id: datasetId } = await uploadDataset(client, flowersCsv());
  const id = (await train(client, { datasetId, algorithm: 'DECISION_TREE' })).artifact?.id ?? '';
  const answers: [number, string | null][] = [];
  while (answers.at(-1)?.[0] !== 429 && answers.length < 100) answers.push(await invoke(server.url, id, client.token));
  expect(answers.length).toBeGreaterThan(1);
  expect(answers[0]).toEqual([200, null]);
  expect(answers.at(-1)).toEqual([429, 'RATE_LIMITED']);
  // The same count.
  const { errors } = await client.request(`{ predict(artifactId: "${id}", rows: []) { task } }`);
  expect(errors[0]?.extensions.code).toBe('RATE_LIMITED');
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const counted = metrics.match(/^trainyard_operation_seconds_count\{.*predict.*\} (\d+)$/m);
  expect(Number(counted?.[1])).toBeGreaterThanOrEqual(answers.length - 1);
});
