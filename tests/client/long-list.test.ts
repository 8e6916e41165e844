import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTrainyard, type Operation, type Trainyard } from '../../src/client/core/index.ts';
import { useTrainingRuns } from '../../src/client/react/index.ts';
import { eventually } from '../support/eventually.ts';
import { madeRun, type WorkspaceOfRuns, workspaceOfRuns } from '../support/made-runs.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { renderHook, withPage } from './render-hook.ts';

const RUNS = 150;
const PAGE_SIZE = 40;

let server: TestServer;
let user: TestClient;
let client: Trainyard;
let workspace: WorkspaceOfRuns;
/** What was asked for of the list, in this order. */
const asked: { readonly after: string | null; readonly first: number }[] = [];
/** Answers wait for it. */
let hold: Promise<void> | null = null;

const minute = (index: number) => new Date(Date.UTC(2026, 0, 1, 0, index));

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  user = await server.signUp();
  workspace = await workspaceOfRuns(user, server.database.owner);
  await workspace.insert(
    Array.from({ length: RUNS }, (_, index) => madeRun({ status: 'CANCELLED', createdAt: minute(index) })),
  );
  client = createTrainyard({ url: `${server.url}/graphql`, getToken: () => user.token });
  const request = client.request.bind(client);
  client.request = async <Result, Variables extends object>(
    operation: Operation<Result, Variables>,
    variables: Variables,
  ) => {
    asked.push(variables as unknown as (typeof asked)[number]);
    const answer = await request(operation, variables);
    await hold;
    return answer;
  };
});

afterAll(async () => {
  client.dispose();
  await server.close();
});

withPage(() => server.url);

test('of a long list each further page is read once, and those before it are not read again', async () => {
  const hook = await renderHook(client, () => useTrainingRuns({}, { pageSize: PAGE_SIZE }), null);
  // Once when it appears, and once when it is followed.
  await eventually(() => expect(asked).toHaveLength(2));
  await eventually(() => expect(hook.current).toMatchObject({ isLoading: false, hasMore: true }));
  for (const length of [80, 120, 150]) {
    hook.current.loadMore();
    hook.current.loadMore();
    await eventually(() => expect(hook.current.runs).toHaveLength(length));
  }
  expect(hook.current.hasMore).toBe(false);
  expect(asked.slice(2).map(({ first }) => first)).toEqual([PAGE_SIZE, PAGE_SIZE, PAGE_SIZE]);
  expect(new Set(asked.slice(2).map(({ after }) => after)).size).toBe(3);
  expect(new Set(hook.current.runs?.map(({ id }) => id)).size).toBe(RUNS);
  hook.unmount();
});

test('a list that changes while its next page is read has each run once, in order', async () => {
  asked.length = 0;
  const hook = await renderHook(client, () => useTrainingRuns({}, { pageSize: PAGE_SIZE }), null);
  await eventually(() => expect(asked).toHaveLength(2));
  await eventually(() => expect(hook.current).toMatchObject({ isLoading: false, hasMore: true }));
  const answered = Promise.withResolvers<void>();
  hold = answered.promise;
  hook.current.loadMore();
  await eventually(() => expect(asked).toHaveLength(3));
  const newest = madeRun({ status: 'CANCELLED', createdAt: minute(RUNS) });
  await workspace.insert([newest]);
  hook.current.refetch();
  await eventually(() => expect(asked.length).toBeGreaterThan(3));
  answered.resolve();
  await eventually(() => expect(hook.current.runs?.[0]?.id).toBe(newest.id));
  await eventually(() => expect(hook.current).toMatchObject({ isLoading: false, hasMore: true }));
  const ids = hook.current.runs?.map(({ id }) => id) ?? [];
  expect(ids).toHaveLength(2 * PAGE_SIZE);
  expect(new Set(ids).size).toBe(ids.length);
  const times = hook.current.runs?.map(({ createdAt }) => createdAt) ?? [];
  expect(times).toEqual([...times].sort().reverse());
  hook.unmount();
});
