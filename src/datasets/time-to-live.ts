const MILLISECONDS_PER_DAY = 24 * 60 * 60 * 1000;

/** When an unpinned dataset expires that lives for so many days; null: never. */
export function expiryFrom(from: Date, days: number | null): Date | null {
  return days === null ? null : new Date(from.getTime() + days * MILLISECONDS_PER_DAY);
}
