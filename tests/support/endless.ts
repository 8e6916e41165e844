import type { TestClient } from './test-client.ts';

/** The most trees that may be asked for, of noise: on any machine more work than lasts while a test looks on. */
export const ENDLESS = { trees: 10_000, maxDepth: 12, minSamplesLeaf: 1 } as const;

/** Lets an endless training end with the model that it has. */
export async function stopTraining(client: TestClient, id: string): Promise<void> {
  await client.execute('mutation ($id: ID!) { stopTraining(id: $id) { id } }', { id });
}
