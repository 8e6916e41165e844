import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  parseRankEvent,
  type RankCommand,
  type RankEvent,
  type RankStart,
  type TrackerStart,
} from './rank-protocol.ts';

/** Beside this module, in src/ and in dist/ alike. */
const RANK_PROGRAM = fileURLToPath(new URL('./rank.py', import.meta.url));

/** An event has at most a message of 2,000 characters. */
const MAX_LINE_LENGTH = 16_384;

/** Of standard error, which is for people. */
const MAX_WORDS_LENGTH = 2_000;

/**
 * What a rank gets of the environment: nothing that this program's settings or secrets are in. The rest is what Python, its threads
 * and HTTPS need to be found and to be told.
 */
const PASSED_ON =
  /^(PATH|HOME|LANG|LC_\w+|TMPDIR|TZ|LD_LIBRARY_PATH|DYLD_\w+|PYTHONPATH|PYTHONHOME|VIRTUAL_ENV|CONDA_\w+|OMP_\w+|SSL_CERT_\w+|https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY)$/;

export interface RankProgram {
  /** A Python with numpy and xgboost. */
  readonly python: string;
  /** Left out: rank.py. */
  readonly program?: string;
}

/** The process of a rank or of a tracker. It ends when this process does: its standard input ends then. */
export class RankProcess {
  /** How it ended, for people; after its last event. Never rejects. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  readonly #onEvent: (event: RankEvent) => void;
  readonly #secret: string;
  /** The beginning of a line whose end has not come. */
  #rest = '';
  #words = '';
  /** Why it was ended from here; null: it was not. */
  #endedFor: string | null = null;

  constructor(
    { python, program = RANK_PROGRAM }: RankProgram,
    start: RankStart | TrackerStart,
    onEvent: (event: RankEvent) => void,
  ) {
    this.#onEvent = onEvent;
    this.#secret = start.secret;
    // A group of its own, which ends as a whole.
    this.#child = spawn(python, [program], { detached: true, env: environment(), stdio: ['pipe', 'pipe', 'pipe'] });
    const { stdin, stdout, stderr } = this.#child;
    // Whoever does not read any more has ended or is about to.
    stdin?.on('error', () => undefined);
    stdout?.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#words = (this.#words + text).slice(-MAX_WORDS_LENGTH);
    });
    this.ended = this.#untilEnd();
    stdin?.write(`${JSON.stringify(start)}\n`);
  }

  /** Undefined where it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Does nothing once the process has ended. */
  send(command: RankCommand['command']): void {
    this.#child.stdin?.write(`${JSON.stringify({ command } satisfies RankCommand)}\n`);
  }

  /** No more commands come, as when this process ends: it ends. */
  closeInput(): void {
    this.#child.stdin?.end();
  }

  /** Ends it at once, with whatever it has started, even where it hangs or is stopped. */
  kill(): void {
    const { pid, exitCode, signalCode } = this.#child;
    // The number of a process that has ended may be another's.
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended by itself in the meantime.
    }
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    // Splitting gives one part at least.
    this.#rest = lines.pop()!;
    for (const line of lines) this.#hear(line);
    if (this.#rest.length > MAX_LINE_LENGTH) this.#refuse(this.#rest);
  }

  #hear(line: string): void {
    // What comes after a line that is no event counts for nothing.
    if (this.#endedFor !== null) return;
    const event = line.length > MAX_LINE_LENGTH ? null : parseRankEvent(line);
    if (event === null) this.#refuse(line);
    else this.#onEvent(event);
  }

  #refuse(line: string): void {
    this.#rest = '';
    this.#endedFor ??= `It wrote a line that is no event: ${JSON.stringify(line.slice(0, 200))}.`;
    this.kill();
  }

  async #untilEnd(): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#child.once('error', (error) => resolve(`It could not be started: ${error.message}.`));
    this.#child.once('close', (code, signal) => {
      resolve(signal === null ? `It ended with exit code ${code}.` : `It was ended by ${signal}.`);
    });
    const end = await promise;
    if (this.#rest !== '') this.#endedFor ??= 'Its last line was cut off.';
    const words = this.#words.replaceAll(this.#secret, '…').trim();
    return [end, this.#endedFor, words === '' ? null : `Its last words: ${words}`]
      .filter((part) => part !== null)
      .join(' ');
  }
}

/** Starts ranks and trackers with a Python. */
export function rankLauncher(program: RankProgram) {
  return (start: RankStart | TrackerStart, onEvent: (event: RankEvent) => void): RankProcess =>
    new RankProcess(program, start, onEvent);
}

function environment(): NodeJS.ProcessEnv {
  const passedOn = Object.entries(process.env).filter(([name]) => PASSED_ON.test(name));
  return {
    // Threads that wait for other ranks leave the cores to whoever has work, such as another rank on the same host.
    OMP_WAIT_POLICY: 'PASSIVE',
    ...Object.fromEntries(passedOn),
    // The program may lie where nothing can be written, or where nothing is to be.
    ...{ PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1' },
  };
}
