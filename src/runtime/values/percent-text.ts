/** More digits are of no use. */
const MAX_DIGITS = 10;

/**
 * A share as a percentage with one digit behind the point, and with more where it would else read 0 or 100 and is neither.
 *
 * @example percentText(0.1234) // => '12.3 %'
 * @example percentText(0.9997) // => '99.97 %'
 */
export function percentText(share: number): string {
  return `${notRoundedTo([0, 100], share * 100, 1)} %`;
}

/** A correlation with four digits behind the point, and with more where it would else read 1 or -1 and is neither. */
export function correlationText(correlation: number): string {
  return notRoundedTo([-1, 1], correlation, 4);
}

function notRoundedTo(ends: readonly number[], value: number, minDigits: number): string {
  for (let digits = minDigits; digits < MAX_DIGITS; digits++) {
    const rounded = Number(value.toFixed(digits));
    if (rounded === value || !ends.includes(rounded)) return String(rounded);
  }
  return String(Number(value.toFixed(minDigits)));
}
