import { readFileSync } from 'node:fs';

/** The most that a process has had in memory so far, in MiB; 0 once it has ended. Linux. */
export function peakMegabytes(pid: number): number {
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024);
}

/** The time of all processors that it has used so far, in seconds; 0 once it has ended. Linux. */
export function cpuSeconds(pid: number): number {
  // The fields after the name in brackets, which may hold spaces; user and system time in hundredths of a second.
  const fields = read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** The peaks of processes that come and go, looked at again and again. */
export class ProcessPeaks implements Disposable {
  readonly megabytes = new Map<number, number>();
  readonly cpu = new Map<number, number>();
  readonly #timer: NodeJS.Timeout;

  /** `list` names the processes that there are. */
  constructor(list: () => readonly number[]) {
    this.#timer = setInterval(() => {
      for (const pid of list()) {
        this.megabytes.set(pid, Math.max(this.megabytes.get(pid) ?? 0, peakMegabytes(pid)));
        this.cpu.set(pid, Math.max(this.cpu.get(pid) ?? 0, cpuSeconds(pid)));
      }
    }, 250);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
