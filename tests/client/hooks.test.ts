import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTrainyard, type Trainyard } from '../../src/client/core/index.ts';
import {
  useBatchPrediction,
  useConnection,
  useDownload,
  usePrediction,
  useRunComparison,
  useTrainingCurve,
  useTrainingEvents,
  useTrainingForm,
  useTrainingRun,
  useTrainingRuns,
  useUpload,
} from '../../src/client/react/index.ts';
import { flowersCsv } from '../support/csv-files.ts';
import { ENDLESS, endlessCsv } from '../support/endless.ts';
import { eventually } from '../support/eventually.ts';
import { startTraining, train, uploadDataset } from '../support/operations.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { type AwayApi, startAwayApi } from './away-api.ts';
import { renderHook, withPage } from './render-hook.ts';

let server: TestServer;
let user: TestClient;
let client: Trainyard;
let flowersId: string;
let endlessId: string;
/** Of each of these, only one test trains. */
let onceId: string;
let listedId: string;
let api: AwayApi;

beforeAll(async () => {
  server = await startTestServer();
  api = await startAwayApi(server);
  user = await server.signUp();
  ({ id: flowersId } = await uploadDataset(user, flowersCsv()));
  ({ id: endlessId } = await uploadDataset(user, endlessCsv()));
  ({ id: onceId } = await uploadDataset(user, flowersCsv(61)));
  ({ id: listedId } = await uploadDataset(user, flowersCsv(62)));
  client = createTrainyard({ url: `${api.url}/graphql`, getToken: () => user.token });
});

afterAll(async () => {
  client.dispose();
  await api.close();
  await server.close();
});

withPage(() => api.url);

describe('useUpload', () => {
  const file = (text: string) => new File([text], 'flowers.csv', { type: 'text/csv' });

  test('an upload is sent and stored, and says so in this order', async () => {
    const phases: string[] = [];
    const hook = await renderHook(
      client,
      () => {
        const upload = useUpload();
        if (phases.at(-1) !== upload.state.phase) phases.push(upload.state.phase);
        return upload;
      },
      null,
    );
    const content = String(flowersCsv(20_000).content);
    const outcome = await hook.current.upload(file(content), { name: 'from a page' });
    expect(outcome).toMatchObject({ phase: 'DONE', dataset: { name: 'from a page', rowCount: 20_000 } });
    // The page of these tests learns that all has been sent together with the answer, as a browser need not.
    await eventually(() => expect(phases.filter((phase) => phase !== 'READING')).toEqual(['IDLE', 'SENDING', 'DONE']));
    hook.unmount();
  });

  test('a file that cannot be stored is refused with its report', async () => {
    const hook = await renderHook(client, useUpload, null);
    const outcome = await hook.current.upload(file('a,b\n1,2\n3,"4\n'));
    expect(outcome).toMatchObject({ phase: 'REFUSED', report: { accepted: false } });
    await eventually(() => expect(hook.current.state).toEqual(outcome));
    hook.unmount();
  });

  test('a file that is inspected is read and not stored', async () => {
    const hook = await renderHook(client, useUpload, null);
    const outcome = await hook.current.inspect(file(String(flowersCsv().content)), { name: 'only looked at' });
    expect(outcome).toMatchObject({ phase: 'INSPECTED', report: { accepted: true, rowCount: 60 } });
    const { datasets } = await user.execute<{ datasets: { nodes: readonly unknown[] } }>(
      '{ datasets(filter: { name: "only looked at" }) { nodes { id } } }',
    );
    expect(datasets.nodes).toEqual([]);
    hook.unmount();
  });

  test('an upload that is aborted leaves nothing and is idle again', async () => {
    const hook = await renderHook(client, useUpload, null);
    const outcome = hook.current.upload(file(String(flowersCsv(20_000).content)), { name: 'aborted' });
    hook.current.abort();
    expect(await outcome).toEqual({ phase: 'IDLE' });
    expect(hook.current.state).toEqual({ phase: 'IDLE' });
    hook.unmount();
  });

  test('an upload that is refused as a request has failed', async () => {
    const hook = await renderHook(client, useUpload, null);
    const outcome = await hook.current.upload(file('a,b\n1,2\n'), { name: 'x'.repeat(5_000) });
    expect(outcome).toMatchObject({ phase: 'FAILED', error: { code: 'BAD_USER_INPUT' } });
    hook.unmount();
  });
});

describe('useTrainingForm', () => {
  test('a form knows the algorithms, casts what is written, and starts the training', async () => {
    const hook = await renderHook(client, () => useTrainingForm(flowersId), null);
    await eventually(() => expect(hook.current.algorithm).toMatchObject({ isDefault: true }));
    hook.current.setValues({ algorithm: 'DECISION_TREE', target: 'kind' });
    hook.current.setParameter('maxDepth', 'deep');
    await eventually(() => expect(hook.current.algorithm?.name).toBe('DECISION_TREE'));
    await eventually(() => expect(hook.current.parameterTexts).toEqual({ maxDepth: 'deep' }));
    expect(await hook.current.submit()).toBeNull();
    await eventually(() => expect(hook.current.errors.byField).toHaveProperty(['parameters.maxDepth']));
    expect(hook.current.errors.byField['parameters.maxDepth']).toMatch(/^Must be a whole number from 1 to \d+\.$/);
    hook.current.setParameter('maxDepth', ' 3 ');
    await eventually(() => expect(hook.current.parameterTexts).toEqual({ maxDepth: ' 3 ' }));
    const run = await hook.current.submit();
    expect(run).toMatchObject({ algorithm: 'DECISION_TREE', target: 'kind', status: 'QUEUED' });
    await eventually(() => expect(hook.current.errors).toEqual({ byField: {}, hints: {}, others: [] }));
    hook.unmount();
  });

  test('a suggested algorithm is trained where none is chosen and the server has it; otherwise its default is', async () => {
    const options = { suggestedAlgorithm: 'BASELINE' } as const;
    const hook = await renderHook(client, () => useTrainingForm(flowersId, { target: 'kind' }, {}, options), null);
    await eventually(() => expect(hook.current.algorithm?.name).toBe('BASELINE'));
    expect(await hook.current.submit()).toMatchObject({ algorithm: 'BASELINE' });
    hook.current.setValues({ algorithm: 'DECISION_TREE' });
    await eventually(() => expect(hook.current.algorithm?.name).toBe('DECISION_TREE'));
    hook.unmount();
    const unknown = { suggestedAlgorithm: 'NEWER' as 'AUTO' };
    const other = await renderHook(client, () => useTrainingForm(flowersId, { target: 'kind' }, {}, unknown), null);
    await eventually(() => expect(other.current.algorithm).toMatchObject({ isDefault: true }));
    other.unmount();
  });

  test('with one form, runs of other algorithms are started beside it, each once', async () => {
    const hook = await renderHook(
      client,
      () => useTrainingForm(flowersId, { target: 'kind', algorithm: 'DECISION_TREE' }),
      null,
    );
    await eventually(() => expect(hook.current.algorithm?.name).toBe('DECISION_TREE'));
    // The baseline would refuse it.
    hook.current.setValues({ monotone: [{ column: 'petal', direction: 'INCREASING' }] });
    hook.current.setParameter('maxDepth', '2');
    await eventually(() => expect(hook.current.parameterTexts).toEqual({ maxDepth: '2' }));
    const runs = await hook.current.submitBeside(['BASELINE']);
    expect(runs).toMatchObject([
      { algorithm: 'DECISION_TREE', target: 'kind' },
      { algorithm: 'BASELINE', target: 'kind' },
    ]);
    hook.unmount();
    const live = await renderHook(
      client,
      () => ({
        comparison: useRunComparison(runs?.map((run) => run.id) ?? []),
        statuses: useTrainingEvents(runs?.[0]?.id ?? null, { kinds: ['STATUS'] }),
      }),
      null,
    );
    await eventually(() =>
      expect(live.current.comparison.data?.runs.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']),
    );
    await eventually(() => expect(live.current.statuses.isOver).toBe(true));
    expect(new Set(live.current.statuses.events.map(({ kind }) => kind))).toEqual(new Set(['STATUS']));
    live.unmount();
  });

  test('messages of the server stand beside their fields', async () => {
    const hook = await renderHook(client, () => useTrainingForm(flowersId, { target: 'nowhere' }), null);
    await eventually(() => expect(hook.current.algorithms).not.toBeNull());
    expect(await hook.current.submit()).toBeNull();
    await eventually(() => expect(hook.current.errors.byField['target']).toContain('nowhere'));
    hook.unmount();
  });

  test('a training whose answer was lost is not started twice by sending the form again, and is by sending it once more', async () => {
    let loseAnswer = true;
    const losing = createTrainyard({ url: `${api.url}/graphql`, getToken: () => user.token });
    const request = losing.request.bind(losing);
    losing.request = async (...args) => {
      const data = await request(...args);
      if (!loseAnswer || !String(args[0]).includes('startTraining')) return data;
      loseAnswer = false;
      throw new TypeError('The connection broke.');
    };
    const hook = await renderHook(losing, () => useTrainingForm(onceId), null);
    await eventually(() => expect(hook.current.algorithms).not.toBeNull());
    expect(await hook.current.submit()).toBeNull();
    await eventually(() => expect(hook.current.errors.others).toHaveLength(1));
    const first = await hook.current.submit();
    const second = await hook.current.submit();
    const runs = await runsOf(onceId);
    expect(new Set(runs)).toEqual(new Set([first?.id, second?.id]));
    expect(runs).toHaveLength(2);
    hook.unmount();
  });
});

describe('useTrainingRun, useTrainingCurve and useTrainingEvents', () => {
  test('a training is followed through an absence of the server, and stopped', async () => {
    const runId = await startTraining(user, { datasetId: endlessId, parameters: ENDLESS });
    const hook = await renderHook(
      client,
      () => ({
        connection: useConnection(),
        live: useTrainingRun(runId),
        curve: useTrainingCurve(runId),
        events: useTrainingEvents(runId, { maxEvents: 100_000 }),
      }),
      null,
    );
    await eventually(() => expect(hook.current.curve.points?.length).toBeGreaterThan(2));
    await eventually(() => expect(hook.current.live).toMatchObject({ isActive: true, run: { status: 'RUNNING' } }));
    await api.leave();
    await eventually(() => expect(hook.current.connection.state).toBe('LOST'));
    const lost = hook.current.curve.points?.length ?? 0;
    await api.comeBack();
    await eventually(() => expect(hook.current.connection.state).toBe('OPEN'));
    await eventually(() => expect(hook.current.curve.points?.length).toBeGreaterThan(lost));
    expect(await hook.current.live.stop()).toMatchObject({ id: runId });
    await eventually(() => expect(hook.current.live.run).toMatchObject({ status: 'SUCCEEDED', endReason: 'STOPPED' }));
    await eventually(() => expect(hook.current.curve.isOver && hook.current.events.isOver).toBe(true));
    const { points } = hook.current.curve;
    const { trainingRun } = await user.execute<{ trainingRun: { curve: unknown } }>(
      'query ($id: ID!) { trainingRun(id: $id) { curve { iteration seconds trainLoss validationLoss } } }',
      { id: runId },
    );
    expect(points).toEqual(trainingRun.curve);
    const { events } = hook.current.events;
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(hook.current.live.isActive).toBe(false);
    hook.unmount();
  });

  test('a training is cancelled and retried', async () => {
    const runId = await startTraining(user, { datasetId: endlessId, parameters: ENDLESS });
    const hook = await renderHook(client, ({ id }) => useTrainingRun(id), { id: runId });
    await hook.current.cancel();
    await eventually(() => expect(hook.current.run?.status).toBe('CANCELLED'));
    await hook.current.update({ name: 'Too long', tags: ['endless'] });
    await eventually(() => expect(hook.current.run).toMatchObject({ name: 'Too long', tags: ['endless'] }));
    const again = await hook.current.retry();
    expect(again).toMatchObject({ datasetId: endlessId });
    hook.rerender({ id: again?.id ?? '' });
    await eventually(() => expect(hook.current.run?.id).toBe(again?.id));
    await hook.current.cancel();
    await eventually(() => expect(hook.current.isActive).toBe(false));
    expect(await hook.current.stop()).toBeNull();
    await eventually(() => expect(hook.current.error).toMatchObject({ code: 'RUN_ALREADY_ENDED' }));
    hook.unmount();
  });

  test('a run that does not exist is an error', async () => {
    const id = crypto.randomUUID();
    const hook = await renderHook(client, () => useTrainingRun(id), null);
    await eventually(() => expect(hook.current.error).toMatchObject({ code: 'NOT_FOUND' }));
    hook.unmount();
  });
});

describe('useTrainingRuns', () => {
  test('a list of runs shows what is started, what ends, and what was missed while the server was away', async () => {
    const datasetId = listedId;
    const hook = await renderHook(client, () => useTrainingRuns({ datasetId }, { pageSize: 2 }), null);
    await eventually(() => expect(hook.current.runs).toEqual([]));
    const first = await startTraining(user, { datasetId });
    await eventually(() => expect(hook.current.runs).toMatchObject([{ id: first, status: 'SUCCEEDED', progress: 1 }]));
    await api.leave();
    await eventually(() => expect(client.connection.current.state).toBe('LOST'));
    const second = (await train(user, { datasetId })).id;
    const third = (await train(user, { datasetId })).id;
    await api.comeBack();
    await eventually(() => expect(hook.current.runs?.map(({ id }) => id)).toEqual([third, second]));
    expect(hook.current.hasMore).toBe(true);
    hook.current.loadMore();
    await eventually(() => expect(hook.current.runs?.map(({ id }) => id)).toEqual([third, second, first]));
    expect(hook.current.hasMore).toBe(false);
    const byTag = await renderHook(
      client,
      () => useTrainingRuns({ datasetId, tag: 'kept' }, { orderBy: 'BEST' }),
      null,
    );
    await eventually(() => expect(byTag.current.runs).toEqual([]));
    const input = { id: first, tags: ['kept'] };
    await user.execute('mutation ($input: UpdateTrainingRunInput!) { updateTrainingRun(input: $input) { id } }', {
      input,
    });
    await eventually(() => expect(byTag.current.runs).toMatchObject([{ id: first, tags: ['kept'] }]));
    byTag.unmount();
    await user.execute('mutation ($id: ID!) { archiveTrainingRun(id: $id) { id } }', { id: second });
    await eventually(() => expect(hook.current.runs?.map(({ id }) => id)).toEqual([third, first]));
    hook.unmount();
  });
});

describe('what comes of runs', () => {
  test('runs are compared, rows predicted, and models downloaded', async () => {
    const [one, two] = [await train(user, { datasetId: flowersId }), await train(user, { datasetId: flowersId })];
    const artifactId = one.artifact?.id ?? '';
    const hook = await renderHook(
      client,
      ({ ids }: { readonly ids: readonly string[] }) => ({
        comparison: useRunComparison(ids),
        prediction: usePrediction({ artifactId }),
        download: useDownload(),
      }),
      { ids: [] as readonly string[] },
    );
    expect(hook.current.comparison).toMatchObject({ data: null, isLoading: false });
    hook.rerender({ ids: [one.id, two.id] });
    await eventually(() => expect(hook.current.comparison.data?.runs.map(({ id }) => id)).toEqual([one.id, two.id]));
    await hook.current.prediction.predict([{ petal: 5, soil: 'wet' }]);
    await eventually(() => expect(hook.current.prediction.result?.predictions).toMatchObject([{ label: 'rose' }]));
    expect(await hook.current.prediction.predict([{ petal: 5 }])).toBeNull();
    await eventually(() => expect(hook.current.prediction.error).toMatchObject({ code: 'BAD_USER_INPUT' }));
    const followed: string[] = [];
    const follow = (event: Event) => {
      event.preventDefault();
      followed.push((event.target as HTMLAnchorElement).href);
    };
    document.addEventListener('click', follow);
    const download = await hook.current.download.download({ artifactId });
    document.removeEventListener('click', follow);
    expect(followed).toEqual([download?.url]);
    expect((await fetch(download?.url ?? '')).status).toBe(200);
    hook.unmount();
  });
});

describe('useBatchPrediction', () => {
  test('a batch prediction is started once, followed to its end, and found again by its id', async () => {
    const { artifact } = await train(user, { datasetId: flowersId });
    const request = { artifactId: artifact?.id ?? '', datasetId: flowersId };
    const hook = await renderHook(client, () => useBatchPrediction(), null);
    expect(hook.current).toMatchObject({ batch: null, isActive: false, error: null });
    const started = await hook.current.start(request);
    await eventually(() => expect(hook.current.batch).toMatchObject({ id: started?.id, status: 'SUCCEEDED' }));
    expect(hook.current).toMatchObject({ isActive: false, batch: { progress: 1, rowCount: 60 } });
    expect(await hook.current.cancel()).toBeNull();
    await eventually(() => expect(hook.current.error).not.toBeNull());
    hook.unmount();
    const again = await renderHook(client, () => useBatchPrediction(started?.id), null);
    await eventually(() => expect(again.current.batch).toMatchObject({ id: started?.id, status: 'SUCCEEDED' }));
    again.unmount();
  });

  test('a batch prediction that cannot be started, or is unknown, is an error', async () => {
    const unknown = crypto.randomUUID();
    const hook = await renderHook(client, () => useBatchPrediction(unknown), null);
    await eventually(() => expect(hook.current.error).toMatchObject({ code: 'NOT_FOUND' }));
    expect(await hook.current.start({ artifactId: crypto.randomUUID(), datasetId: flowersId })).toBeNull();
    await eventually(() => expect(hook.current.error).toMatchObject({ code: 'NOT_FOUND' }));
    hook.unmount();
  });
});

async function runsOf(datasetId: string): Promise<string[]> {
  const { trainingRuns } = await user.execute<{ trainingRuns: { nodes: readonly { id: string }[] } }>(
    'query ($id: ID!) { trainingRuns(filter: { datasetId: $id }) { nodes { id } } }',
    { id: datasetId },
  );
  return trainingRuns.nodes.map(({ id }) => id);
}
