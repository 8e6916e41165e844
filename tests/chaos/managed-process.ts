import { readFile } from 'node:fs/promises';
import { type Command, start } from '../processes/command.ts';
import type { Guard } from './guard.ts';

export type ProcessKind = 'api' | 'worker';

/** What a process logs when it is ready. */
const READY: Readonly<Record<ProcessKind, RegExp>> = { api: /"msg":"listening"/, worker: /"msg":"waiting for work"/ };

/** What the kernel counts CPU time in, per second: the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** How much of what a process said of trouble is shown. */
const SHOWN_TROUBLES = 5;

/** An API or worker process of the build, started as an operator starts it, and ended in any way. */
export class ManagedProcess {
  readonly kind: ProcessKind;
  readonly pid: number;
  /** When it was ready, by performance.now(). */
  readonly readyAt: number;
  readonly #command: Command;
  #end: number | string | null = null;

  private constructor(kind: ProcessKind, command: Command, pid: number, readyAt: number) {
    this.kind = kind;
    this.pid = pid;
    this.readyAt = readyAt;
    this.#command = command;
    void command.ended.then((end) => {
      this.#end = end;
    });
  }

  /** Starts it, and waits until it is ready. */
  static async start(kind: ProcessKind, settings: Record<string, string>, guard: Guard): Promise<ManagedProcess> {
    const command = start([kind], settings);
    const { pid } = command.process;
    if (pid === undefined) throw new Error(`The ${kind} could not be spawned.`);
    guard.watch(pid);
    void command.ended.then(() => guard.forget(pid));
    await command.printed(READY[kind]);
    return new ManagedProcess(kind, command, pid, performance.now());
  }

  get isRunning(): boolean {
    return this.#end === null;
  }

  /** How it ended: an exit code or a signal; null while it runs. */
  get end(): number | string | null {
    return this.#end;
  }

  get secondsReady(): number {
    return (performance.now() - this.readyAt) / 1_000;
  }

  /** Kill -9. Resolves when it has ended. */
  async kill(): Promise<void> {
    this.#command.process.kill('SIGKILL');
    await this.#command.ended;
  }

  /** SIGTERM; gives how long it took to end, in seconds, and how it ended. */
  async terminate(): Promise<{ seconds: number; end: number | string }> {
    const startedAt = performance.now();
    this.#command.process.kill('SIGTERM');
    const end = await this.#command.ended;
    return { seconds: (performance.now() - startedAt) / 1_000, end };
  }

  /** SIGSTOP: not one instruction more, and every connection stands. */
  freeze(): void {
    this.#command.process.kill('SIGSTOP');
  }

  thaw(): void {
    this.#command.process.kill('SIGCONT');
  }

  /** The CPU time that it has used so far, of all its threads, in seconds. Linux only. */
  async cpuSeconds(): Promise<number> {
    const line = await readFile(`/proc/${this.pid}/stat`, 'latin1');
    // The command in brackets is field 2 and may hold blanks; fields 14 and 15 are the time of the user and the system.
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  /** The latest attempt at a run that it says it has begun; 0: none. */
  attemptAt(runId: string): number {
    const lines = this.#command
      .output()
      .split('\n')
      .filter((line) => line.includes(`"runId":"${runId}"`) && line.includes('"msg":"training"'));
    return Math.max(0, ...lines.map((line) => Number(/"attempt":(\d+)/.exec(line)?.[1] ?? 0)));
  }

  /** The last different things that it said of trouble. */
  troubles(): string[] {
    const lines = this.#command
      .output()
      .split('\n')
      .filter((line) => line !== '');
    const texts = lines.map(troubleOf).filter((text) => text !== null);
    return [...new Set(texts)]
      .slice(-SHOWN_TROUBLES)
      .map((text) => `${this.kind} ${this.pid} (${this.#end ?? 'runs'}): ${text}`);
  }
}

/** What a line of a log says, where it is a warning or worse; lines that are no log are trouble as they are. */
function troubleOf(line: string): string | null {
  try {
    const { level, time, msg, err, runId, attempt } = JSON.parse(line) as Record<string, unknown>;
    if (typeof level === 'number' && level < 40) return null;
    const clock = new Date(Number(time)).toISOString().slice(11, 23);
    return [clock, msg, (err as { message?: string } | undefined)?.message, runId, attempt].filter(Boolean).join(' | ');
  } catch {
    return line.slice(0, 300);
  }
}
