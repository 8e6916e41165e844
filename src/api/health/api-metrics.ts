import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { ERROR_CODES, type ErrorCode } from '../../errors.ts';
import { addQueueMetrics } from './queue-metrics.ts';
import type { QueueStats } from './queue-stats.ts';

const OPERATION_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** The current sockets of a process. */
export interface SocketStats {
  readonly signedIn: number;
  readonly anonymous: number;
  /** Running subscriptions by root field. */
  readonly subscriptions: ReadonlyMap<string, number>;
}

/** Metrics of API processes. Labels come from the schema and from status codes, never from client input. */
export class ApiMetrics {
  readonly #registry: Registry;
  readonly #requests: Counter<'status'>;
  readonly #operations: Histogram<'operation'>;
  readonly #errors: Counter<'code'>;
  readonly #failedSignIns: Counter;
  readonly #uploads: Counter<'status'>;

  constructor(registry: Registry, queue: QueueStats) {
    this.#registry = registry;
    const registers = [registry];
    this.#requests = new Counter({
      name: 'trainyard_http_requests_total',
      help: 'Answered HTTP requests by status; 499 where the client went away first.',
      labelNames: ['status'],
      registers,
    });
    this.#operations = new Histogram({
      name: 'trainyard_operation_seconds',
      help: 'GraphQL operations, over HTTP and sockets, by root field; several for more than one, invalid for none that can run. Of a subscription, the time until it runs.',
      labelNames: ['operation'],
      buckets: OPERATION_SECONDS,
      registers,
    });
    this.#errors = new Counter({
      name: 'trainyard_graphql_errors_total',
      help: 'Errors in answers, over HTTP and sockets, by code.',
      labelNames: ['code'],
      registers,
    });
    // rate() needs a 0 before the first error of a code.
    for (const code of Object.keys(ERROR_CODES)) this.#errors.inc({ code }, 0);
    this.#failedSignIns = new Counter({
      name: 'trainyard_failed_sign_ins_total',
      help: 'Attempts to sign in with an unknown address or a wrong password.',
      registers,
    });
    this.#uploads = new Counter({
      name: 'trainyard_uploads_ended_total',
      help: 'Uploads in parts whose file this process has read, or failed to read, by how they ended.',
      labelNames: ['status'],
      registers,
    });
    for (const status of ['DONE', 'REFUSED', 'FAILED']) this.#uploads.inc({ status }, 0);
    addQueueMetrics(registry, queue);
  }

  countRequest(status: number): void {
    this.#requests.inc({ status: String(status) });
  }

  countError(code: ErrorCode): void {
    this.#errors.inc({ code });
  }

  countFailedSignIn(): void {
    this.#failedSignIns.inc();
  }

  countUpload(status: string): void {
    this.#uploads.inc({ status });
  }

  observeOperation(operation: string, seconds: number): void {
    this.#operations.observe({ operation }, seconds);
  }

  /** `readStats` is called on each scrape. */
  monitorSockets(readStats: () => SocketStats): void {
    const registers = [this.#registry];
    const sockets = new Gauge({
      name: 'trainyard_sockets',
      help: 'Open WebSockets, by whether they bear a token.',
      labelNames: ['signed_in'],
      registers,
      collect: () => {
        const { signedIn, anonymous } = readStats();
        sockets.set({ signed_in: 'true' }, signedIn);
        sockets.set({ signed_in: 'false' }, anonymous);
      },
    });
    const subscriptions = new Gauge({
      name: 'trainyard_subscriptions',
      help: 'Running subscriptions by field.',
      labelNames: ['field'],
      registers,
      collect: () => {
        subscriptions.reset();
        for (const [field, count] of readStats().subscriptions) subscriptions.set({ field }, count);
      },
    });
  }
}
