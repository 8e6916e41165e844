import type { TestClient } from './test-client.ts';

/** An upload session as the tests read it. */
export interface TestUpload {
  readonly id: string;
  readonly status: string;
  readonly sizeBytes: number;
  readonly partSizeBytes: number;
  readonly receivedParts: readonly number[];
  readonly progress: number;
  readonly etaSeconds: number | null;
  readonly expiresAt: string;
  readonly payload: {
    readonly dataset: { readonly id: string; readonly name: string; readonly version: number } | null;
    readonly report: { readonly accepted: boolean; readonly sha256: string; readonly rowCount: number | null };
  } | null;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
}

/** Where a part is to be sent. */
export interface TestPart {
  readonly number: number;
  readonly url: string;
  readonly sizeBytes: number;
  readonly expiresAt: string;
}

const SESSION = `id status sizeBytes partSizeBytes receivedParts progress etaSeconds expiresAt
  payload { dataset { id name version } report { accepted sha256 rowCount issues { code } } }
  error { code message hint }`;

/** Begins an upload. */
export async function createUpload(
  client: TestClient,
  filename: string,
  sizeBytes: number,
  dataset: object | null = null,
): Promise<TestUpload> {
  const { createUpload: session } = await client.execute<{ createUpload: TestUpload }>(
    `mutation ($input: CreateUploadInput!) { createUpload(input: $input) { ${SESSION} } }`,
    { input: { filename, sizeBytes, dataset } },
  );
  return session;
}

export async function readUpload(client: TestClient, id: string): Promise<TestUpload | null> {
  const { uploadSession } = await client.execute<{ uploadSession: TestUpload | null }>(
    `query ($id: ID!) { uploadSession(id: $id) { ${SESSION} } }`,
    { id },
  );
  return uploadSession;
}

/** The addresses of parts. */
export async function partsOf(client: TestClient, id: string, numbers: readonly number[]): Promise<TestPart[]> {
  const { uploadSession } = await client.execute<{ uploadSession: { parts: TestPart[] } }>(
    'query ($id: ID!, $numbers: [Int!]!) { uploadSession(id: $id) { parts(numbers: $numbers) { number url sizeBytes expiresAt } } }',
    { id, numbers },
  );
  return uploadSession.parts;
}

/** The bytes of a part of a file. */
export function bytesOf(
  file: Uint8Array<ArrayBuffer>,
  { partSizeBytes }: Pick<TestUpload, 'partSizeBytes'>,
  number: number,
) {
  return file.slice((number - 1) * partSizeBytes, number * partSizeBytes);
}

/** Sends a part, and gives the response. */
export function putPart({ url }: Pick<TestPart, 'url'>, bytes: Uint8Array<ArrayBuffer>): Promise<Response> {
  return fetch(url, { method: 'PUT', body: bytes });
}

/** Sends all parts of a file, which must all be taken. */
export async function sendParts(client: TestClient, session: TestUpload, file: Uint8Array<ArrayBuffer>): Promise<void> {
  const count = Math.ceil(session.sizeBytes / session.partSizeBytes);
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  for (const part of await partsOf(client, session.id, numbers)) {
    const response = await putPart(part, bytesOf(file, session, part.number));
    if (response.status !== 200) throw new Error(`Part ${part.number}: ${response.status} ${await response.text()}`);
  }
}

export async function completeUpload(client: TestClient, id: string): Promise<TestUpload> {
  const { completeUpload: session } = await client.execute<{ completeUpload: TestUpload }>(
    `mutation ($id: ID!) { completeUpload(id: $id) { ${SESSION} } }`,
    { id },
  );
  return session;
}

export async function abortUpload(client: TestClient, id: string): Promise<void> {
  await client.execute('mutation ($id: ID!) { abortUpload(id: $id) { status } }', { id });
}

/** Follows a session to its end; gives all states that came. */
export async function followUpload(client: TestClient, id: string): Promise<TestUpload[]> {
  const states: TestUpload[] = [];
  for await (const { uploadProgress } of client.subscribe<{ uploadProgress: TestUpload }>(
    `subscription ($id: ID!) { uploadProgress(id: $id) { ${SESSION} } }`,
    { id },
  )) {
    states.push(uploadProgress);
  }
  return states;
}

/** Begins, sends and completes an upload, and gives the session at its end. */
export async function uploadInParts(
  client: TestClient,
  filename: string,
  file: Uint8Array<ArrayBuffer>,
  dataset: object | null = null,
): Promise<TestUpload> {
  const session = await createUpload(client, filename, file.length, dataset);
  await sendParts(client, session, file);
  await completeUpload(client, session.id);
  const last = (await followUpload(client, session.id)).at(-1);
  if (last === undefined) throw new Error('The subscription ended without saying anything.');
  return last;
}
