import { noiseCsv } from './csv-files.ts';
import type { TestClient, TestFile } from './test-client.ts';

/** Noise of so many classes takes so many trees in each round. */
const CLASSES = 20;

/** A small file on which a training with ENDLESS takes minutes on any machine: longer than a test looks on. */
export function endlessCsv(): TestFile {
  return noiseCsv(
    50_000,
    Array.from({ length: CLASSES }, (_, label) => `class ${label}`),
  );
}

/** The most rounds that may be asked for, of trees so small that neither checkpoints nor the model grow large. */
export const ENDLESS = { trees: 10_000, maxDepth: 4, minSamplesLeaf: 1 } as const;

/** Lets an endless training end with the model that it has. */
export async function stopTraining(client: TestClient, id: string): Promise<void> {
  await client.execute('mutation ($id: ID!) { stopTraining(id: $id) { id } }', { id });
}
