import { Counter, Histogram, type Registry } from 'prom-client';
import type { StoreObserver, StoreRequest } from '../blob-store/store-observer.ts';

/** A store nearby answers in milliseconds; a request ends after half a minute, with its retries after two. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120];

/** Metrics of the requests to the object store. With files in a folder there are none. */
export class StoreMetrics implements StoreObserver {
  readonly #requests: Histogram<'operation' | 'outcome'>;
  readonly #retries: Counter<'operation'>;
  readonly #bytes: Counter<'direction'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#requests = new Histogram({
      name: 'trainyard_store_request_seconds',
      help: 'Requests of this process to the object store until the head of the answer, with their retries, by operation and outcome: OK, NOT_FOUND, or a reason as /readyz gives.',
      labelNames: ['operation', 'outcome'],
      buckets: REQUEST_SECONDS,
      registers,
    });
    this.#retries = new Counter({
      name: 'trainyard_store_retries_total',
      help: 'Requests to the object store that were sent again.',
      labelNames: ['operation'],
      registers,
    });
    this.#bytes = new Counter({
      name: 'trainyard_store_bytes_total',
      help: 'Bytes of files that this process has sent to the object store, and received from it.',
      labelNames: ['direction'],
      registers,
    });
  }

  onRequest({ operation, outcome, seconds, retries }: StoreRequest): void {
    this.#requests.observe({ operation, outcome }, seconds);
    this.#retries.inc({ operation }, retries);
  }

  onSent(bytes: number): void {
    this.#bytes.inc({ direction: 'sent' }, bytes);
  }

  onReceived(bytes: number): void {
    this.#bytes.inc({ direction: 'received' }, bytes);
  }
}
