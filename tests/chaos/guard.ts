import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Reads "+ PID" and "- PID" until the pipe ends; then kills those that are left and removes the folder $1. The pause is
 * PostgreSQL's: children of a killed postmaster notice that within moments, and must not write into the folder any more.
 */
const SCRIPT = `
live=" "
while read -r sign pid; do
  case "$sign" in
    +) live="$live$pid " ;;
    -) case "$live" in *" $pid "*) live="\${live%% $pid *} \${live#* $pid }" ;; esac ;;
  esac
done
for pid in $live; do kill -KILL "$pid"; done
sleep 1
rm -rf "$1"`;

/**
 * Ends what the rig started, and removes its folder, however the rig ends: by Ctrl-C, a failure or kill -9. A shell
 * waits for the end of a pipe whose other end only the rig has.
 */
export class Guard {
  readonly #shell: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(folder: string) {
    // Detached: Ctrl-C in a terminal does not reach it.
    this.#shell = spawn('/bin/sh', ['-c', SCRIPT, 'sh', folder], {
      stdio: ['pipe', 'ignore', 'inherit'],
      detached: true,
    });
    this.#ended = new Promise((resolve) => this.#shell.once('close', resolve));
    this.#shell.unref();
  }

  /** From now on the process is killed when the rig ends. */
  watch(pid: number): void {
    this.#shell.stdin?.write(`+ ${pid}\n`);
  }

  /** It has ended: its id may be given to a stranger. */
  forget(pid: number): void {
    this.#shell.stdin?.write(`- ${pid}\n`);
  }

  /** Lets the guard do its work now, and waits for it. */
  async release(): Promise<void> {
    this.#shell.ref();
    this.#shell.stdin?.end();
    await this.#ended;
  }
}
