import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { CandidateReport } from '../../src/ml/auto/candidate.ts';

/** What was measured, and on which rows. */
export interface ResultKey {
  readonly file: string;
  /** The rows whose number i has i % 5 == offset are the test rows. */
  readonly offset: number;
  /** An algorithm of ours, or the name of a peer. */
  readonly model: string;
  /** Of AUTO the time that it may take; else null. */
  readonly seconds: number | null;
}

/** How one candidate of an AUTO training ended. */
export type CandidateEnd = Pick<
  CandidateReport,
  'name' | 'status' | 'reason' | 'foldsDone' | 'folds' | 'loss' | 'fitSeconds' | 'weight'
>;

/** One training and its test. */
export interface Result extends ResultKey {
  /** Of each test row, in their order: see losses.ts. */
  readonly losses: Float32Array;
  /** Seconds from the rows to the losses. */
  readonly clock: number;
  /** Of all threads together, in the same time. */
  readonly processor: number;
  /** Of AUTO; else null. */
  readonly candidates: readonly CandidateEnd[] | null;
  /** The commit of the code that was measured. */
  readonly code: string;
}

/** What was measured before, and what is added to it, as lines of JSON. What stands in the file is not measured again. */
export class ResultFile {
  readonly #path: string;
  readonly #results = new Map<string, Result>();

  /** A last line that was cut in the middle is given up. */
  constructor(path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true });
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) writeFileSync(path, whole);
    for (const line of whole.split('\n').filter((each) => each !== '')) this.#keep(parseResult(line));
  }

  get all(): readonly Result[] {
    return [...this.#results.values()];
  }

  find(key: ResultKey): Result | undefined {
    return this.#results.get(nameOf(key));
  }

  add(result: Result): void {
    const { losses, ...rest } = result;
    appendFileSync(this.#path, `${JSON.stringify({ ...rest, losses: base64Of(losses) })}\n`);
    this.#keep(result);
  }

  #keep(result: Result): void {
    this.#results.set(nameOf(result), result);
  }
}

/** For people, and unlike that of any other key. */
export function nameOf({ file, offset, model, seconds }: ResultKey): string {
  return `${file}, offset ${offset}, ${model}${seconds === null ? '' : ` ${seconds} s`}`;
}

/** From base64, 4 bytes each. */
export function float32Of(base64: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  return new Float32Array(bytes.buffer);
}

function base64Of({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

function parseResult(line: string): Result {
  const parsed = JSON.parse(line) as Omit<Result, 'losses'> & { readonly losses: string };
  return { ...parsed, losses: float32Of(parsed.losses) };
}
