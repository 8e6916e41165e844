import { createLogger } from '../../src/platform/monitoring/logger.ts';
import { type ApiProcess, startApiProcess } from '../../src/processes/api-process.ts';
import type { TestServer } from '../support/test-server.ts';

/** One more API process of a server, which can be away, and is then at the same address again. */
export interface AwayApi {
  readonly url: string;
  leave(): Promise<void>;
  comeBack(): Promise<void>;
  /** Ends it, if it is there. */
  close(): Promise<void>;
}

/** Starts it. */
export async function startAwayApi(server: TestServer): Promise<AwayApi> {
  const startAt = (port: number): Promise<ApiProcess> =>
    startApiProcess({ ...server.config, PORT: port }, server.database.access, createLogger('fatal', 'test'));
  let api: ApiProcess | null = await startAt(0);
  const { url } = api;
  const leave = async () => {
    await api?.close();
    api = null;
  };
  return {
    url,
    leave,
    comeBack: async () => {
      api = await startAt(Number(new URL(url).port));
    },
    close: leave,
  };
}
