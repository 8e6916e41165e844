import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import type { TestClient } from './test-client.ts';

/** Shows that the server goes on. A part that a busy machine lets answer late is called DOWN until the next look at it. */
export async function expectUp(client: TestClient): Promise<void> {
  await eventually(async () =>
    expect(await client.execute('{ health { status database storage queue } }')).toEqual({
      health: { status: 'UP', database: 'UP', storage: 'UP', queue: 'UP' },
    }),
  );
}
