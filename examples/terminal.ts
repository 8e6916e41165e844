const BAR_WIDTH = 32;

/** A loss, and on which rows it is. */
export interface Loss {
  readonly name: string;
  readonly value: number;
}

/** A progress bar that is drawn over itself in a terminal, and line by line where the output is no terminal. */
export class ProgressBar {
  #lastLine = '';

  /** `progress` is 0 to 1; the ETA is null where there is none, and so is the loss. */
  draw(stage: string, progress: number, etaSeconds: number | null, loss: Loss | null): void {
    const filled = Math.floor(progress * BAR_WIDTH);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
    // Rounded down: 99.97 % is not all of it.
    const percent = `${Math.floor(progress * 100)} %`.padStart(5);
    // Below a tenth of a second it would read "0.0 s left".
    const eta =
      etaSeconds === null || etaSeconds < 0.1
        ? ''
        : `  ${etaSeconds < 10 ? etaSeconds.toFixed(1) : Math.round(etaSeconds)} s left`;
    const lossPart = loss === null ? '' : `  ${loss.name} ${loss.value.toFixed(4)}`;
    this.#print(`${stage.padEnd(10)} ${bar} ${percent}${lossPart}${eta}`);
  }

  end(): void {
    if (process.stdout.isTTY) process.stdout.write('\n');
  }

  #print(line: string): void {
    if (process.stdout.isTTY) process.stdout.write(`\r${line}\u001b[K`);
    else if (line !== this.#lastLine) process.stdout.write(`${line}\n`);
    this.#lastLine = line;
  }
}

/** A table of right-aligned columns behind a left-aligned first one. */
export function drawTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const draw = (cells: readonly string[]) =>
    `  ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('   ')}`;
  return [draw(header), `  ${widths.map((width) => '─'.repeat(width)).join('───')}`, ...rows.map(draw)].join('\n');
}
