import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTrainyard, fieldErrors, type Trainyard } from '../../src/client/core/index.ts';
import { type ModelImportState, useModelImport, useTrainingRun } from '../../src/client/react/index.ts';
import { csvOf, referenceRows, withTexts } from '../artifacts/imports/import-operations.ts';
import { referenceBytes } from '../ml/foreign/reference-rows.ts';
import { eventually } from '../support/eventually.ts';
import { uploadDataset } from '../support/operations.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { renderHook, withPage } from './render-hook.ts';

const MODEL = 'xgb-logistic.json';
const INPUT = { format: 'XGBOOST_JSON', name: 'churn', target: 'y', task: 'CLASSIFICATION' } as const;

let server: TestServer;
let user: TestClient;
let client: Trainyard;
let datasetId: string;

beforeAll(async () => {
  server = await startTestServer();
  user = await server.signUp();
  const { rows, outputs } = referenceRows(MODEL, 400);
  const labelled = rows.map((row, index) => ({
    ...withTexts(row),
    y: (outputs[index]?.[0] ?? 0) > 0.5 ? 'yes' : 'no',
  }));
  ({ id: datasetId } = await uploadDataset(user, { name: 'rows.csv', content: csvOf(labelled) }));
  client = createTrainyard({ url: `${server.url}/graphql`, getToken: () => user.token });
});

afterAll(async () => {
  client.dispose();
  await server.close();
});

withPage(() => server.url);

/** A file as a page has it. */
function modelFile(content: string | Uint8Array<ArrayBuffer> = new Uint8Array(referenceBytes(MODEL))): File {
  return new File([content], MODEL);
}

function artifactOf(outcome: ModelImportState): { readonly id: string; readonly runId: string } {
  if (outcome.phase !== 'DONE') throw new Error(`The import ended as ${outcome.phase}.`);
  return outcome.artifact;
}

async function modelCount(): Promise<number> {
  return (await user.execute<{ artifacts: { totalCount: number } }>('{ artifacts { totalCount } }')).artifacts
    .totalCount;
}

test('a model is sent and imported, says so in this order, and its run is followed to its evaluation', async () => {
  const phases: string[] = [];
  const hook = await renderHook(
    client,
    () => {
      const imports = useModelImport();
      if (phases.at(-1) !== imports.state.phase) phases.push(imports.state.phase);
      return imports;
    },
    null,
  );
  const outcome = await hook.current.importModel(modelFile(), { ...INPUT, datasetId });
  expect(outcome).toMatchObject({
    phase: 'DONE',
    artifact: { importedFrom: 'XGBOOST_JSON', labels: ['no', 'yes'] },
    report: expect.arrayContaining([expect.objectContaining({ code: 'MODEL_CATEGORIES_BY_ORDER', column: 'd' })]),
  });
  // The page of these tests learns that all has been sent together with the answer, as a browser need not.
  await eventually(() => expect(phases.filter((phase) => phase !== 'READING')).toEqual(['IDLE', 'SENDING', 'DONE']));
  const { runId } = artifactOf(outcome);
  const run = await renderHook(client, () => useTrainingRun(runId), null);
  await eventually(() =>
    expect(run.current.run).toMatchObject({
      status: 'SUCCEEDED',
      importedFrom: 'XGBOOST_JSON',
      engine: 'LOCAL',
      hosts: null,
      metrics: { primary: { value: 1 } },
    }),
  );
  run.unmount();
  hook.unmount();
});

test('an import whose answer was lost makes no second model when it is sent again', async () => {
  const lost = { armed: true };
  const flaky = createTrainyard({ url: `${server.url}/graphql`, getToken: () => user.token });
  const request = flaky.request.bind(flaky);
  flaky.request = async (...args) => {
    const answer = await request(...args);
    if (!lost.armed) return answer;
    lost.armed = false;
    throw new TypeError('The answer was lost.');
  };
  const before = await modelCount();
  const hook = await renderHook(flaky, useModelImport, null);
  const file = modelFile();
  const input = { ...INPUT, name: 'sent twice' };
  expect(await hook.current.importModel(file, input)).toMatchObject({ phase: 'FAILED' });
  const again = artifactOf(await hook.current.importModel(file, input));
  expect(await modelCount()).toBe(before + 1);
  // Once it has succeeded, the next one is another.
  expect(artifactOf(await hook.current.importModel(file, input)).id).not.toBe(again.id);
  hook.unmount();
  flaky.dispose();
});

test('a file that cannot be used is refused with its report, and nothing is stored', async () => {
  const before = await modelCount();
  const hook = await renderHook(client, useModelImport, null);
  const outcome = await hook.current.importModel(modelFile('{"learner": {}}'), INPUT);
  expect(outcome).toMatchObject({ phase: 'REFUSED', report: [{ severity: 'ERROR', hint: expect.any(String) }] });
  await eventually(() => expect(hook.current.state).toEqual(outcome));
  expect(await modelCount()).toBe(before);
  hook.unmount();
});

test('what does not fit the model is told by its field, with what can be done', async () => {
  const hook = await renderHook(client, useModelImport, null);
  const outcome = await hook.current.importModel(modelFile(), { ...INPUT, features: ['a', 'b'] });
  if (outcome.phase !== 'FAILED') throw new Error(`The import ended as ${outcome.phase}.`);
  const { byField, hints } = fieldErrors(outcome.error);
  expect(byField).toEqual({ features: expect.stringContaining('6 inputs') });
  expect(hints).toEqual({ features: expect.stringContaining('in its order') });
  hook.unmount();
});

test('an import that is aborted leaves nothing and is idle again', async () => {
  const before = await modelCount();
  const hook = await renderHook(client, useModelImport, null);
  const outcome = hook.current.importModel(modelFile(' '.repeat(5_000_000)), INPUT);
  hook.current.abort();
  expect(await outcome).toEqual({ phase: 'IDLE' });
  expect(hook.current.state).toEqual({ phase: 'IDLE' });
  expect(await modelCount()).toBe(before);
  hook.unmount();
});
