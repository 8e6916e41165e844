import { GraphQLError } from 'graphql';
import type { Client, Sink as SocketSink } from 'graphql-ws';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { follow } from '../../src/client/core/subscribe.ts';

/** What a client of graphql-ws was asked to follow: each time anew. */
const started: SocketSink<unknown>[] = [];
/** How many of them were left. */
let left = 0;

const client = {
  subscribe: (_: unknown, sink: SocketSink<unknown>) => {
    started.push(sink);
    return () => {
      left += 1;
    };
  },
} as unknown as Client;

/** Longer than anything waits here, in milliseconds of the fake clock. */
const LONGEST_WAIT = 60_000;

beforeEach(() => {
  started.length = 0;
  left = 0;
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function followed(query: string) {
  const told: unknown[] = [];
  const stop = follow<object>(
    client,
    { query, variables: {} },
    { next: (data) => told.push(data), error: ({ code }) => told.push(code), complete: () => told.push('complete') },
  );
  return { told, stop };
}

const PROGRESS = 'subscription { trainingProgress(runId: "1") { status } }';
const running = { trainingProgress: { status: 'RUNNING' } };
const ended = { trainingProgress: { status: 'SUCCEEDED' } };

test('a subscription that a server completes too early, because it shuts down, is followed again', async () => {
  const { told } = followed(PROGRESS);
  started[0]?.next({ data: running });
  started[0]?.complete();
  expect(told).toEqual([running]);
  await vi.advanceTimersByTimeAsync(LONGEST_WAIT);
  expect(started).toHaveLength(2);
  started[1]?.next({ data: ended });
  started[1]?.complete();
  await vi.advanceTimersByTimeAsync(LONGEST_WAIT);
  expect(told).toEqual([running, ended, 'complete']);
  expect(started).toHaveLength(2);
});

test('a subscription to changes, which has no end, is followed again whenever it is completed', async () => {
  const { told, stop } = followed('subscription { trainingRunChanges { runId } }');
  for (let times = 1; times <= 3; times += 1) {
    started.at(-1)?.complete();
    await vi.advanceTimersByTimeAsync(LONGEST_WAIT);
    expect(started).toHaveLength(times + 1);
  }
  stop();
  started.at(-1)?.complete();
  await vi.advanceTimersByTimeAsync(LONGEST_WAIT);
  expect(started).toHaveLength(4);
  expect(told).toEqual([]);
});

test('an error that passes is waited out, as long as the server says; any other ends the subscription', async () => {
  const { told } = followed(PROGRESS);
  const away = { message: 'x', extensions: { code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 7 } };
  started[0]?.next({ errors: [away] as never });
  started[0]?.complete();
  await vi.advanceTimersByTimeAsync(6_900);
  expect(started).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(started).toHaveLength(2);
  started[1]?.error([{ message: 'x', extensions: { code: 'NOT_FOUND' } }]);
  await vi.advanceTimersByTimeAsync(LONGEST_WAIT);
  expect(told).toEqual(['NOT_FOUND']);
  expect(started).toHaveLength(2);
});

test('a subscription is left after the messages that came together with the one that made it be left', async () => {
  const { told } = followed(PROGRESS);
  started[0]?.next({ data: null, errors: [new GraphQLError('none', { extensions: { code: 'NOT_FOUND' } })] });
  expect(left).toBe(0);
  started[0]?.complete();
  await vi.advanceTimersByTimeAsync(LONGEST_WAIT);
  expect(left).toBe(1);
  expect(told).toEqual(['NOT_FOUND']);
});
