import type { TestClient, TestFile } from './test-client.ts';

/** What the tests read of a dataset again and again. */
export interface TestDataset {
  readonly id: string;
  readonly name: string;
  readonly version: number;
}

/** A run as the tests read it at its end. */
export interface EndedRun {
  readonly id: string;
  readonly status: string;
  readonly stage: string;
  readonly progress: number;
  readonly attempt: number;
  readonly endReason: string | null;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
  readonly artifact: { readonly id: string; readonly modelUrl: string } | null;
}

export const UPLOAD = `mutation ($file: Upload!, $input: UploadDatasetInput) {
  uploadDataset(file: $file, input: $input) {
    dataset { id name version isLatest filename sizeBytes sha256 rowCount columnCount pinned expiresAt suggestedTarget suggestedTask }
    report { accepted filename sizeBytes sha256 rowCount columnCount issues { code severity message lines } }
  }
}`;

export const START = 'mutation ($input: StartTrainingInput!) { startTraining(input: $input) { id status stage } }';

/** Uploads a file that must be accepted. */
export async function uploadDataset(client: TestClient, file: TestFile, input: object = {}): Promise<TestDataset> {
  const { uploadDataset: payload } = await client.executeWithFile<{ uploadDataset: { dataset: TestDataset | null } }>(
    UPLOAD,
    file,
    { input },
  );
  if (payload.dataset === null) throw new Error(`The file was refused: ${JSON.stringify(payload)}`);
  return payload.dataset;
}

/** The id of the workspace that a client speaks for. */
export async function workspaceIdOf(client: TestClient): Promise<string> {
  const { viewer } = await client.execute<{ viewer: { workspace: { id: string } } }>('{ viewer { workspace { id } } }');
  return viewer.workspace.id;
}

/** Queues a training and gives its id. */
export async function startTraining(client: TestClient, input: object): Promise<string> {
  const { startTraining: run } = await client.execute<{ startTraining: { id: string } }>(START, { input });
  return run.id;
}

/** Follows a run to its end. */
export async function endOfRun(client: TestClient, id: string): Promise<EndedRun> {
  let last: EndedRun | null = null;
  for await (const { trainingProgress } of client.subscribe<{ trainingProgress: EndedRun }>(
    `subscription ($id: ID!) { trainingProgress(runId: $id) {
       id status stage progress attempt endReason error { code message hint } artifact { id modelUrl } } }`,
    { id },
  )) {
    last = trainingProgress;
  }
  if (last === null) throw new Error('The subscription ended without saying anything.');
  return last;
}

/** Trains to the end, which must be a success. */
export async function train(client: TestClient, input: object): Promise<EndedRun> {
  const run = await endOfRun(client, await startTraining(client, input));
  if (run.status !== 'SUCCEEDED') throw new Error(`The run did not succeed: ${JSON.stringify(run)}`);
  return run;
}
