const MILLISECONDS_PER_DAY = 24 * 60 * 60 * 1000;

/** When an unpinned dataset expires that lives for so many days from a moment; null: never. */
export function expiryFrom(moment: Date, days: number | null): Date | null {
  return days === null ? null : new Date(moment.getTime() + days * MILLISECONDS_PER_DAY);
}
