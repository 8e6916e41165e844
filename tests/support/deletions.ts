import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import type { TestDataset } from './operations.ts';
import type { TestClient } from './test-client.ts';

/** What the API tells of a deletion. */
export interface TestDeletion {
  readonly id: string;
  readonly status: 'RESTORABLE' | 'DELETING' | 'DELETED';
  readonly restorableUntil: string | null;
  readonly filesRemoved: number | null;
  readonly filesMissing: number | null;
  readonly bytesReclaimed: number | null;
  readonly runsDeleted: number | null;
}

const DELETION = '{ id status restorableUntil filesRemoved filesMissing bytesReclaimed runsDeleted }';

/** Deletes a dataset, which must succeed. */
export async function deleteDataset(
  client: TestClient,
  id: string,
  options: { readonly activeRuns?: 'REFUSE' | 'CANCEL'; readonly permanent?: boolean } = {},
): Promise<TestDeletion> {
  const { deleteDataset: deletion } = await client.execute<{ deleteDataset: TestDeletion }>(
    `mutation ($id: ID!, $activeRuns: ActiveRunsPolicy, $permanent: Boolean) {
      deleteDataset(id: $id, activeRuns: $activeRuns, permanent: $permanent) ${DELETION} }`,
    { id, ...options },
  );
  return deletion;
}

/** Deletes a dataset and gives what is told once it has been removed: on a slow machine that is later than the first answer. */
export async function removeDataset(
  client: TestClient,
  id: string,
  options: Parameters<typeof deleteDataset>[2] = {},
): Promise<TestDeletion> {
  await deleteDataset(client, id, options);
  return await eventually(async () => {
    const deletion = await deletionOf(client, id);
    expect(deletion.status).toBe('DELETED');
    return deletion;
  });
}

export async function deletionOf(client: TestClient, id: string): Promise<TestDeletion> {
  const { datasetDeletion } = await client.execute<{ datasetDeletion: TestDeletion }>(
    `query ($id: ID!) { datasetDeletion(id: $id) ${DELETION} }`,
    { id },
  );
  return datasetDeletion;
}

/** A dataset as it is shown; null where it is not. */
export async function datasetOf(
  client: TestClient,
  id: string,
): Promise<(TestDataset & { readonly isLatest: boolean; readonly deletedAt: string | null }) | null> {
  const { dataset } = await client.execute<{
    dataset: (TestDataset & { isLatest: boolean; deletedAt: string | null }) | null;
  }>('query ($id: ID!) { dataset(id: $id) { id name version isLatest deletedAt } }', { id });
  return dataset;
}
