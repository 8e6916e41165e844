/** A clock that stands still, however slow the machine is, until a test lets it go. */
export class HeldClock {
  #milliseconds = 0;
  #ticks: NodeJS.Timeout | null = null;

  readonly now = (): number => this.#milliseconds;

  go(): void {
    this.#ticks ??= setInterval(() => {
      this.#milliseconds += 10;
    }, 1);
  }

  stop(): void {
    if (this.#ticks !== null) clearInterval(this.#ticks);
    this.#ticks = null;
  }
}
