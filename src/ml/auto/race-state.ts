import { chooseModel, type ModelChoice } from './blend/choose-model.ts';
import type { Candidate, CandidateReport, CandidateStatus } from './candidate.ts';
import type { FoldOutcome } from './candidate-record.ts';
import { type CandidateRecord, meanLoss, NOT_TRIED, reportOf } from './candidate-record.ts';
import { usualOf } from './plan/portfolio.ts';
import type { HeldOutputs, SearchRows } from './search-rows.ts';

/** Numbers of predictions that are kept for blends, at most: 100 MB, and checkpoints that a database can hold. */
const MAX_KEPT_NUMBERS = 12_000_000;

/** The candidates of a training, how far each got, and the best that can be made of those that are done. */
export class RaceState {
  readonly candidates: readonly Candidate[];
  readonly rows: SearchRows;
  readonly #records: CandidateRecord[];
  readonly #reported: CandidateReport[] = [];
  readonly #scores = new Map<number, Float64Array>();
  #choice: ModelChoice | null = null;

  /** `records`: as an earlier attempt left them. */
  constructor(candidates: readonly Candidate[], rows: SearchRows, records: readonly CandidateRecord[] = []) {
    this.candidates = candidates;
    this.rows = rows;
    this.#records = candidates.map((_, i) => records[i] ?? NOT_TRIED);
    for (const index of records.keys()) this.#keepScores(index);
  }

  get records(): readonly CandidateRecord[] {
    return this.#records;
  }

  /** Of those that are done; null while none is. */
  get choice(): ModelChoice | null {
    return this.#choice;
  }

  record(index: number): CandidateRecord {
    return this.#records[index]!;
  }

  isFinished(index: number): boolean {
    return !['WAITING', 'RUNNING'].includes(this.record(index).status);
  }

  setStatus(index: number, status: CandidateStatus, reason: string | null = null): void {
    this.#records[index] = { ...this.record(index), status, reason };
    if (status !== 'RUNNING' && status !== 'DONE') this.#forget(index);
  }

  addOutcome(index: number, outcome: FoldOutcome): void {
    const record = this.record(index);
    this.#records[index] = { ...record, outcomes: [...record.outcomes, outcome] };
  }

  /** A candidate is done: the best is chosen anew, among the first `count` candidates. */
  *choose(count: number): Generator<void, ModelChoice> {
    for (const index of this.candidates.keys()) this.#keepScores(index);
    this.#forgetWorst();
    const known = Array.from(this.#scores, ([index, scores]) => ({ index, scores }));
    const eligible = known.filter(({ index }) => index < count).sort((a, b) => a.index - b.index);
    this.#choice = yield* chooseModel(eligible, this.rows, usualOf(this.candidates));
    return this.#choice;
  }

  /** Reports of those that have changed since the last call. */
  changes(): CandidateReport[] {
    const changed: CandidateReport[] = [];
    for (const [index, candidate] of this.candidates.entries()) {
      const record = this.record(index);
      const weight = this.#weightOf(index);
      const before = this.#reported[index];
      const isSame =
        before?.status === record.status && before.foldsDone === record.outcomes.length && before.weight === weight;
      if (isSame) continue;
      const report = reportOf(candidate, index + 1, record, this.rows, weight);
      changed.push(report);
      this.#reported[index] = report;
    }
    return changed;
  }

  /** Of all, in order. */
  reports(): CandidateReport[] {
    this.changes();
    return [...this.#reported];
  }

  /** Whether a candidate has predicted all folds, and what it said was kept. */
  hasAllOutputs(index: number): boolean {
    return this.#scores.has(index);
  }

  /** What a candidate that is done said of a fold's rows. */
  outputs(index: number, fold: number): HeldOutputs {
    const outputs = this.record(index).outcomes[fold]?.outputs;
    if (!outputs) throw new Error(`The predictions of ${this.candidates[index]?.name} were not kept.`);
    return outputs;
  }

  #weightOf(index: number): number | null {
    if (this.#choice === null || this.record(index).status !== 'DONE') return null;
    return this.#choice.weights.get(index) ?? 0;
  }

  #keepScores(index: number): void {
    const { status, outcomes } = this.record(index);
    if (status !== 'DONE' || this.#scores.has(index)) return;
    const outputs = outcomes.flatMap((outcome) => outcome.outputs ?? []);
    if (outputs.length === this.rows.folds.length) this.#scores.set(index, this.rows.allScores(outputs));
  }

  /** Predictions of models of the largest losses are given up where there are too many. */
  #forgetWorst(): void {
    const most = Math.max(2, Math.floor(MAX_KEPT_NUMBERS / (this.rows.actual.length * (this.rows.width + 1))));
    // Others are compared with the first one.
    const others = [...this.#scores.keys()].filter((index) => index > 0);
    const worstFirst = others.sort((a, b) => meanLoss(this.record(b)) - meanLoss(this.record(a)));
    for (const index of worstFirst.slice(0, Math.max(0, worstFirst.length - most))) this.#forget(index);
  }

  #forget(index: number): void {
    const record = this.record(index);
    this.#records[index] = { ...record, outcomes: record.outcomes.map((outcome) => ({ ...outcome, outputs: null })) };
    this.#scores.delete(index);
  }
}
