import { flowersCsv } from './csv-files.ts';
import { uploadDataset } from './operations.ts';
import type { TestClient } from './test-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';

/** A server with a user who has a dataset of flowers. */
export interface FlowerServer {
  readonly server: TestServer;
  readonly client: TestClient;
  readonly datasetId: string;
}

/** Starts one without a worker, so that runs stay QUEUED until they are cancelled. The caller closes the server. */
export async function startFlowerServer(): Promise<FlowerServer> {
  const server = await startTestServer({}, { worker: false });
  const client = await server.signUp();
  const { id } = await uploadDataset(client, flowersCsv());
  return { server, client, datasetId: id };
}
