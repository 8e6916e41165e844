import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ProbeSources, Probes } from '../api/health/probes.ts';
import { securityHeaders } from '../api/http/security-headers.ts';

/** The HTTP server of a worker, for probes and metrics only. */
export interface ProbeServer {
  readonly port: number;
  /** Becomes not ready. */
  markShuttingDown(): void;
  close(): Promise<void>;
}

/** Serves /healthz, /readyz and /metrics on a separate port. */
export async function startProbeServer(host: string, port: number, sources: ProbeSources): Promise<ProbeServer> {
  const probes = new Probes(sources);
  const secure = securityHeaders(null);
  const server = createServer((request, response) => {
    secure(request, response);
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
