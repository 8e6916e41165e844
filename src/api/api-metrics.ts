import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { QueueFigures } from './queue-figures.ts';

const OPERATION_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** The sockets of a process at a moment. */
export interface SocketFigures {
  readonly signedIn: number;
  readonly anonymous: number;
  /** Running subscriptions by root field. */
  readonly subscriptions: ReadonlyMap<string, number>;
}

/** What only API processes tell at /metrics. Labels come from the schema and the status codes, never from a client's text. */
export class ApiMetrics {
  readonly #registry: Registry;
  readonly #requests: Counter<'status'>;
  readonly #operations: Histogram<'operation'>;

  constructor(registry: Registry, queue: QueueFigures) {
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
    this.#addQueue(queue);
    this.#addWorkers(queue);
  }

  countRequest(status: number): void {
    this.#requests.inc({ status: String(status) });
  }

  observeOperation(operation: string, seconds: number): void {
    this.#operations.observe({ operation }, seconds);
  }

  /** `look` is asked each time that the metrics are. */
  watchSockets(look: () => SocketFigures): void {
    const registers = [this.#registry];
    const sockets = new Gauge({
      name: 'trainyard_sockets',
      help: 'Open WebSockets, by whether they bear a token.',
      labelNames: ['signed_in'],
      registers,
      collect: () => {
        const { signedIn, anonymous } = look();
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
        for (const [field, count] of look().subscriptions) subscriptions.set({ field }, count);
      },
    });
  }

  #addQueue(queue: QueueFigures): void {
    const registers = [this.#registry];
    const jobs = new Gauge({
      name: 'trainyard_jobs',
      help: 'Trainings that wait (queued) or are worked on (running), of all workspaces. Nothing while the database is away.',
      labelNames: ['state'],
      registers,
      collect: async () => {
        jobs.reset();
        const figures = await queue.read();
        if (figures === null) return;
        jobs.set({ state: 'queued' }, figures.depth.queued);
        jobs.set({ state: 'running' }, figures.depth.running);
      },
    });
    const oldest = new Gauge({
      name: 'trainyard_oldest_queued_seconds',
      help: 'For how long the oldest waiting training has waited; 0 where none does.',
      registers,
      collect: async () => {
        const figures = await queue.read();
        if (figures === null) oldest.remove();
        else oldest.set(figures.depth.oldestQueuedSeconds ?? 0);
      },
    });
  }

  #addWorkers(queue: QueueFigures): void {
    const registers = [this.#registry];
    const count = new Gauge({
      name: 'trainyard_workers',
      help: 'Live worker processes, wherever they are.',
      registers,
      collect: async () => {
        const figures = await queue.read();
        if (figures === null) count.remove();
        else count.set(figures.workers.length);
      },
    });
    const memory = new Gauge({
      name: 'trainyard_worker_memory_bytes',
      help: 'Memory of each live worker process.',
      labelNames: ['host', 'pid'],
      registers,
      collect: async () => {
        memory.reset();
        for (const { host, processId, memoryBytes } of (await queue.read())?.workers ?? [])
          memory.set({ host, pid: processId }, memoryBytes);
      },
    });
    const eventLoop = new Gauge({
      name: 'trainyard_worker_event_loop_wait_seconds',
      help: 'The longest wait for the event loop of each live worker process between its last two heartbeats.',
      labelNames: ['host', 'pid'],
      registers,
      collect: async () => {
        eventLoop.reset();
        for (const { host, processId, eventLoopSeconds } of (await queue.read())?.workers ?? [])
          eventLoop.set({ host, pid: processId }, eventLoopSeconds);
      },
    });
  }
}
