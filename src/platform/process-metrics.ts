import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge, Histogram, Registry } from 'prom-client';

/** A run that has ended, as its worker saw it. */
export interface EndedRun {
  readonly algorithm: string;
  readonly status: string;
  /** Since it was first taken up. */
  readonly seconds: number;
}

/** Told of every run that a worker ends. */
export type ObserveRun = (run: EndedRun) => void;

/** Trivial runs take milliseconds; half a day is the default limit. */
const RUN_SECONDS = [0.1, 0.5, 1, 5, 10, 30, 60, 300, 1_800, 7_200, 43_200];

/** How precisely waits for the event loop are measured, in milliseconds. */
const EVENT_LOOP_RESOLUTION = 10;

/** What both kinds of process tell of themselves at /metrics, in the form of Prometheus. */
export class ProcessMetrics {
  readonly registry = new Registry();
  readonly #eventLoop = monitorEventLoopDelay({ resolution: EVENT_LOOP_RESOLUTION });
  readonly #runs = new Histogram({
    name: 'trainyard_run_seconds',
    help: 'Runs that workers have ended: of this process, and with serve of the one beside it.',
    labelNames: ['algorithm', 'status'],
    buckets: RUN_SECONDS,
    registers: [this.registry],
  });

  constructor() {
    this.#eventLoop.enable();
    this.#addMemory();
    this.#addEventLoop();
  }

  readonly observeRun: ObserveRun = ({ algorithm, status, seconds }) => {
    this.#runs.observe({ algorithm, status }, seconds);
  };

  close(): void {
    this.#eventLoop.disable();
  }

  #addMemory(): void {
    const gauge = new Gauge({
      name: 'trainyard_memory_bytes',
      help: 'Memory of this process: all of it (rss), JavaScript objects (heap), and buffers outside of these (external).',
      labelNames: ['kind'],
      registers: [this.registry],
      collect: () => {
        const { rss, heapUsed, external } = process.memoryUsage();
        gauge.set({ kind: 'rss' }, rss);
        gauge.set({ kind: 'heap' }, heapUsed);
        gauge.set({ kind: 'external' }, external);
      },
    });
  }

  #addEventLoop(): void {
    const gauge = new Gauge({
      name: 'trainyard_event_loop_wait_seconds',
      help: 'How long the event loop kept others waiting since the last time it was asked.',
      labelNames: ['quantile'],
      registers: [this.registry],
      collect: () => {
        const waited = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - EVENT_LOOP_RESOLUTION / 1e3);
        gauge.set({ quantile: '0.5' }, waited(this.#eventLoop.percentile(50)));
        gauge.set({ quantile: '0.99' }, waited(this.#eventLoop.percentile(99)));
        gauge.set({ quantile: '1' }, waited(this.#eventLoop.max));
        this.#eventLoop.reset();
      },
    });
  }
}
