import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ProbeSources, Probes } from '../api/health/probes.ts';

/** What a worker, which serves no users, answers probes with. */
export interface ProbeServer {
  readonly port: number;
  /** From now on it is not ready. */
  markShuttingDown(): void;
  close(): Promise<void>;
}

/** Answers /healthz, /readyz and /metrics at a port of their own. */
export async function startProbeServer(host: string, port: number, sources: ProbeSources): Promise<ProbeServer> {
  const probes = new Probes(sources);
  const server = createServer((request, response) => {
    const pathname = URL.parse(request.url ?? '/', 'http://unused')?.pathname ?? '/';
    probes.serve(request, response, pathname).then(
      (served) => served || response.writeHead(404).end(),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    markShuttingDown: () => probes.markShuttingDown(),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
