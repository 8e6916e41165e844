import { createHash } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv, housesCsv } from '../support/csv-files.ts';
import { eventually } from '../support/eventually.ts';
import { expectError } from '../support/expect-error.ts';
import { type EndedRun, endOfRun, startTraining, train, uploadDataset } from '../support/operations.ts';
import { countedFiles, storedFiles, temporaryFiles } from '../support/stored-files.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const ARTIFACT = '{ id runId format sizeBytes sha256 modelUrl pinned createdAt run { id algorithm } }';
const DELETE =
  'mutation ($id: ID!) { deleteArtifact(id: $id) { id deleted filesRemoved filesMissing bytesReclaimed } }';

interface Artifact {
  readonly id: string;
  readonly runId: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly modelUrl: string;
}

let server: TestServer;
let client: TestClient;
let flowers: string;
let kept: EndedRun;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
  flowers = (await uploadDataset(client, flowersCsv())).id;
  kept = await train(client, { datasetId: flowers, algorithm: 'DECISION_TREE' });
});

afterAll(async () => {
  // Whatever the tests did, every stored file is counted and every counted file is stored.
  await eventually(async () => expect(await storedFiles(server)).toEqual(await countedFiles(server)));
  await eventually(async () => expect(await temporaryFiles(server)).toEqual([]));
  await server.close();
});

async function read(id: string): Promise<Artifact | null> {
  const { artifact } = await client.execute<{ artifact: Artifact | null }>(
    `query ($id: ID!) { artifact(id: $id) ${ARTIFACT} }`,
    { id },
  );
  return artifact;
}

/** The id of a run's artifact. */
const artifactOf = ({ artifact }: EndedRun) => artifact?.id ?? 'none';

describe('an artifact', () => {
  test('an artifact describes its file, and the file matches it', async () => {
    const artifact = await read(artifactOf(kept));
    expect(artifact).toMatchObject({
      ...{ runId: kept.id, format: 'TRAINYARD_JSON', pinned: false },
      run: { id: kept.id, algorithm: 'DECISION_TREE' },
    });
    const answer = await fetch(artifact?.modelUrl ?? '');
    const bytes = await answer.bytes();
    expect(bytes.length).toBe(artifact?.sizeBytes);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(artifact?.sha256);
    expect(JSON.parse(Buffer.from(bytes).toString())).toMatchObject({ algorithm: 'DECISION_TREE' });
    expect(answer.headers.get('content-disposition')).toContain('attachment');
    expect(answer.headers.get('cache-control')).toContain('no-store');
  });

  test('artifacts are listed, and filtered by the fields of their runs', async () => {
    const { id: datasetId } = await uploadDataset(client, housesCsv());
    const house = await train(client, { datasetId, algorithm: 'LINEAR' });
    const list = async (filter: string) => {
      const { artifacts } = await client.execute<{ artifacts: { edges: { node: { runId: string } }[] } }>(
        `{ artifacts(filter: { ${filter} }) { edges { node { runId } } totalCount } }`,
      );
      return artifacts.edges.map(({ node }) => node.runId);
    };
    expect((await list('')).slice(0, 1)).toEqual([house.id]);
    for (const filter of ['task: REGRESSION', 'algorithm: LINEAR', 'datasetName: "houses"']) {
      expect(await list(filter), filter).toEqual([house.id]);
    }
    expect(await list('task: REGRESSION, datasetName: "flowers"')).toEqual([]);
  });
});

describe('modelUrl', () => {
  test('modelUrl answers HEAD like GET, without a body', async () => {
    const { modelUrl = '', sizeBytes } = (await read(artifactOf(kept))) ?? {};
    const answer = await fetch(modelUrl, { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-length')).toBe(String(sizeBytes));
    expect(await answer.text()).toBe('');
  });

  test('a modelUrl with one changed character is invalid', async () => {
    const { modelUrl = '' } = (await read(artifactOf(kept))) ?? {};
    const base = modelUrl.slice(0, modelUrl.lastIndexOf('/') + 1);
    const [head, payload = '', signature = ''] = modelUrl.slice(base.length).split('.');
    const flip = (text: string) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const other = Buffer.from(JSON.stringify({ ...claims, sub: kept.id })).toString('base64url');
    for (const token of [
      ...[
        `${head}.${payload}.${flip(signature)}`,
        `${head}.${other}.${signature}`,
        `${head}.${payload}.`,
        `${head}.${payload}`,
      ],
      ...['', 'x', `${head}.${payload}.${signature}/../x`],
    ]) {
      const answer = await fetch(base + token);
      expect(answer.status, token).toBe(404);
      expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
    }
    expect((await fetch(modelUrl, { method: 'POST' })).status).toBe(404);
  });
});

describe('deleteArtifact', () => {
  test('deleteArtifact removes the file, keeps the run and its metrics, and invalidates the URL', async () => {
    const run = await train(client, { datasetId: flowers, algorithm: 'LINEAR' });
    const { id, modelUrl, sizeBytes, sha256 } = (await read(artifactOf(run)))!;
    expect((await storedFiles(server)).filter((path) => path.endsWith(sha256))).toHaveLength(1);
    expect(await client.execute(DELETE, { id })).toEqual({
      deleteArtifact: { id, deleted: true, filesRemoved: 1, filesMissing: 0, bytesReclaimed: sizeBytes },
    });
    expect((await storedFiles(server)).filter((path) => path.endsWith(sha256))).toEqual([]);
    expect((await fetch(modelUrl)).status).toBe(404);
    expect(await read(id)).toBeNull();
    const { trainingRun } = await client.execute(
      'query ($id: ID!) { trainingRun(id: $id) { status artifact { id } artifactRemovedAt metrics { nSamples } } }',
      { id: run.id },
    );
    expect(trainingRun).toEqual({
      ...{ status: 'SUCCEEDED', artifact: null, artifactRemovedAt: expect.any(String), metrics: { nSamples: 12 } },
    });
    expectError((await client.request(DELETE, { id })).errors, 'NOT_FOUND');
  });

  test('deleteArtifact of one of two models with the same bytes keeps the file for the other', async () => {
    const same = { datasetId: flowers, algorithm: 'BASELINE' };
    const [first, second] = [await train(client, same), await train(client, same)];
    const one = (await read(artifactOf(first)))!;
    const other = (await read(artifactOf(second)))!;
    expect(other.sha256).toBe(one.sha256);
    expect(await client.execute(DELETE, { id: one.id })).toMatchObject({
      deleteArtifact: { filesRemoved: 0, filesMissing: 0, bytesReclaimed: 0 },
    });
    expect((await fetch(other.modelUrl)).status).toBe(200);
    // Two at once: one of them deletes.
    const answers = await Promise.all([1, 2].map(() => client.request(DELETE, { id: other.id })));
    expect(answers.map(({ errors }) => errors[0]?.extensions.code ?? 'deleted').sort()).toEqual([
      'NOT_FOUND',
      'deleted',
    ]);
    expect((await storedFiles(server)).filter((path) => path.endsWith(one.sha256))).toEqual([]);
  });

  test('deleteArtifact reports a file that somebody has removed as missing', async () => {
    const run = await train(client, { datasetId: flowers, algorithm: 'GRADIENT_BOOSTING', parameters: { trees: 2 } });
    const { id, sha256, modelUrl } = (await read(artifactOf(run)))!;
    const path = (await storedFiles(server)).find((stored) => stored.endsWith(sha256)) ?? 'none';
    await rm(join(server.config.DATA_DIRECTORY, 'blobs', path));
    expect((await fetch(modelUrl)).status).toBe(404);
    expect(await client.execute(DELETE, { id })).toMatchObject({
      deleteArtifact: { deleted: true, filesRemoved: 0, filesMissing: 1, bytesReclaimed: 0 },
    });
  });

  test('deleteArtifact of an unknown id is NOT_FOUND', async () => {
    for (const id of ['00000000-0000-4000-8000-000000000000', 'nothing', '', kept.id]) {
      const { data, errors } = await client.request(DELETE, { id });
      expect({ data, errors }, id).toMatchObject({
        data: { deleteArtifact: null },
        errors: [{ extensions: { code: 'NOT_FOUND' } }],
      });
    }
  });
});

test('a run on a dataset whose file was removed fails, and says what to do', async () => {
  const { id } = await uploadDataset(client, flowersCsv(61));
  const [row] = await server.database.owner<{ path: string }[]>`
    select workspace_id || '/' || table_sha256 as path from datasets where id = ${id}`;
  const path = join(server.config.DATA_DIRECTORY, 'blobs', row?.path ?? 'none');
  const away = join(server.config.DATA_DIRECTORY, 'away');
  await rename(path, away);
  const run = await endOfRun(client, await startTraining(client, { datasetId: id }));
  expect(run).toMatchObject({ status: 'FAILED', error: { code: 'DATASET_FILE_MISSING', hint: expect.any(String) } });
  await rename(away, path);
});
