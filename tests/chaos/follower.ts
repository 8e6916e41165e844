import type { Client } from 'graphql-ws';
import { pause, until } from './until.ts';

/** An event as a client reads it. */
export interface RunEvent {
  readonly seq: number;
  readonly at: string;
  readonly kind: string;
  readonly attempt: number;
  readonly status: string;
  readonly stage: string;
  readonly progress: number;
  readonly message: string | null;
  /** Of AUTO: the candidate of which it tells; else null. */
  readonly candidate: { readonly id: string; readonly status: string; readonly foldsDone: number } | null;
  /** When it came, by performance.now(). */
  readonly heardAt: number;
}

const FOLLOW = `subscription ($id: ID!, $afterSeq: Int!) { trainingEvents(runId: $id, afterSeq: $afterSeq) {
  seq at kind attempt status stage progress message candidate { id status foldsDone } } }`;

/** The server answered a step of the subscription with errors. */
class RefusedError extends Error {
  readonly errors: readonly unknown[];

  constructor(errors: readonly unknown[]) {
    super('The subscription was answered with errors.');
    this.errors = errors;
  }
}

/** How long a client waits before it comes back, in milliseconds. */
const BEFORE_RECONNECT = 50;

export const isEnded = (status: string) => status === 'SUCCEEDED' || status === 'FAILED' || status === 'CANCELLED';

/**
 * Follows the events of one run to its end, over as many connections as it takes: each time it asks for those after the
 * last one that it has. What a client must never see is noted as a fault.
 */
export class Follower {
  readonly runId: string;
  readonly events: RunEvent[] = [];
  readonly faults: string[] = [];
  /** How often it came back after its connection had broken. */
  reconnects = 0;
  /** True once the server has ended the subscription after the run's last event. */
  isComplete = false;
  #left = false;

  constructor(socket: Client, runId: string) {
    this.runId = runId;
    void this.#follow(socket);
  }

  get last(): RunEvent | undefined {
    return this.events.at(-1);
  }

  /** True once the last event has come. */
  get isOver(): boolean {
    return this.last !== undefined && isEnded(this.last.status);
  }

  /** The first event, of those that came and those to come, that is the wanted one. */
  event(what: string, seconds: number, wanted: (event: RunEvent) => boolean): Promise<RunEvent> {
    return until(`${what} of run ${this.runId}`, seconds, () => this.events.find(wanted));
  }

  /** Waits until the subscription is complete. */
  async end(seconds: number): Promise<RunEvent> {
    await until(`the end of the subscription to run ${this.runId}, after ${JSON.stringify(this.last)}`, seconds, () =>
      Promise.resolve(this.isComplete),
    );
    const { last } = this;
    if (last === undefined) throw new Error(`The subscription to run ${this.runId} ended without an event.`);
    return last;
  }

  /** Does not come back any more. */
  leave(): void {
    this.#left = true;
  }

  async #follow(socket: Client): Promise<void> {
    while (!this.#left && !this.isComplete) {
      try {
        await this.#followOnce(socket);
        if (this.isOver) this.isComplete = true;
        else this.faults.push(`the server ended the subscription after ${JSON.stringify(this.last)}`);
      } catch (error) {
        this.reconnects += 1;
        // An operation that is refused as a whole rejects with the list of its errors itself.
        const refusal = error instanceof RefusedError ? error.errors : Array.isArray(error) ? error : [];
        if (refusal.length > 0 && !JSON.stringify(refusal).includes('SERVICE_UNAVAILABLE')) {
          this.faults.push(`the subscription was answered ${JSON.stringify(refusal)}`);
        }
      }
      if (!this.isComplete) await pause(BEFORE_RECONNECT);
    }
  }

  async #followOnce(socket: Client): Promise<void> {
    const variables = { id: this.runId, afterSeq: this.last?.seq ?? 0 };
    const answers = socket.iterate<{ trainingEvents: Omit<RunEvent, 'heardAt'> }>({ query: FOLLOW, variables });
    for await (const { data, errors } of answers) {
      if (errors !== undefined) throw new RefusedError(errors);
      if (data) this.#take({ ...data.trainingEvents, heardAt: performance.now() });
    }
  }

  #take(event: RunEvent): void {
    const { last } = this;
    if (event.seq !== (last?.seq ?? 0) + 1) this.faults.push(`event ${event.seq} came after ${last?.seq ?? 0}`);
    if (last !== undefined && isEnded(last.status)) this.faults.push(`event ${event.seq} came after the end`);
    if (event.attempt < (last?.attempt ?? 0)) {
      this.faults.push(`the attempt of event ${event.seq} fell to ${event.attempt}`);
    }
    if (event.attempt === last?.attempt && event.status === last.status && event.progress < last.progress) {
      this.faults.push(`progress of event ${event.seq} fell from ${last.progress} to ${event.progress}`);
    }
    this.events.push(event);
  }
}
