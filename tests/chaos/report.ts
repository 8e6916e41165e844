/** What one scenario found: what went wrong, and what was measured. */
export class Report {
  readonly faults: string[] = [];
  readonly lines: string[] = [];

  /** Notes a fault unless it holds. */
  check(holds: boolean, fault: string): void {
    if (!holds) this.faults.push(fault);
  }

  fault(text: string): void {
    this.faults.push(text);
  }

  line(text: string): void {
    this.lines.push(text);
  }

  /** Notes how a measure is spread, and a fault where the largest is above the bar. */
  spread(what: string, unit: string, values: readonly number[], bar: number): void {
    if (values.length === 0) {
      this.fault(`${what}: never measured`);
      return;
    }
    const worst = Math.max(...values);
    const [p50, p99] = [quantileOf(values, 0.5), quantileOf(values, 0.99)];
    const text = `${what}: p50 ${round(p50)}, p99 ${round(p99)}, max ${round(worst)} ${unit} of ${values.length} (bar ${bar})`;
    this.line(text);
    if (worst > bar) this.fault(text);
  }
}

/** The value that so great a share of the others does not exceed; of few values the next higher one. */
export function quantileOf(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}
