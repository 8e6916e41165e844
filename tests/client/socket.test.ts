import { expect, test, vi } from 'vitest';
import { createTrainyard, TrainingRunChangesDocument } from '../../src/client/core/index.ts';

test('a connection that is accepted and never answered is given up after ten seconds, and tried again', async () => {
  vi.useFakeTimers();
  const opened: object[] = [];
  class SilentSocket {
    static readonly CONNECTING = 0;
    static readonly OPEN = 1;
    static readonly CLOSING = 2;
    static readonly CLOSED = 3;
    readonly readyState = SilentSocket.CONNECTING;

    constructor() {
      opened.push(this);
    }

    close(): void {}
  }
  const client = createTrainyard({ url: 'http://localhost/graphql', webSocketImpl: SilentSocket });
  client.subscribe(TrainingRunChangesDocument, {}, { next: () => {} });
  await vi.advanceTimersByTimeAsync(9_900);
  expect(opened).toHaveLength(1);
  // The longest wait between two attempts is five seconds.
  await vi.advanceTimersByTimeAsync(5_200);
  expect(opened).toHaveLength(2);
  expect(client.connection.current.state).toBe('LOST');
  client.dispose();
  vi.useRealTimers();
});
