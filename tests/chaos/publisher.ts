import type { Transaction } from '../../src/platform/postgres/database.ts';
import type { EventDetails } from '../../src/training/events/training-event.store.ts';
import { changeRun, type RunChange } from '../../src/training/runs/training-run.store.ts';
import { claimAsItsJob } from '../support/claim-run.ts';
import type { System } from './system.ts';

/** Moves a run as a worker does, through the stores, without training anything. */
export class Publisher {
  readonly runId: string;
  readonly #system: System;
  readonly #workspaceId: string;
  #attempt = 0;
  #progress = 0;

  constructor(system: System, workspaceId: string, runId: string) {
    this.#system = system;
    this.#workspaceId = workspaceId;
    this.runId = runId;
  }

  async claim(): Promise<void> {
    const run = await this.#inTransaction((tx) => claimAsItsJob(tx, this.runId));
    if (run === null) throw new Error(`Run ${this.runId} cannot be claimed.`);
    this.#attempt = run.attempt;
  }

  /** A step of the training: one event. */
  async advance(): Promise<void> {
    this.#progress += (1 - this.#progress) / 100;
    await this.#change({ stage: 'FITTING', progress: this.#progress }, { kind: 'PROGRESS' });
  }

  /** The last event. */
  async end(): Promise<void> {
    const failure = { errorCode: 'SPLIT_IMPOSSIBLE', errorMessage: 'made up' };
    await this.#change(
      { status: 'FAILED', stage: 'DONE', endReason: 'FAILED', finishedAt: new Date(), ...failure },
      { kind: 'STATUS' },
    );
  }

  async #change(change: RunChange, note: EventDetails): Promise<void> {
    const written = await this.#inTransaction((tx) => changeRun(tx, this.runId, this.#attempt, change, note));
    if (!written) throw new Error(`A change of run ${this.runId} was refused.`);
  }

  #inTransaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#system.stores.transaction({ workspaceId: this.#workspaceId }, work);
  }
}
