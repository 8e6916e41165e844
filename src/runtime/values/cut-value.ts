const LONGEST_VALUE = 200;

/** At most 200 characters of a value, never half of a surrogate pair. */
export function cutValue(value: string): string {
  if (value.length <= LONGEST_VALUE) return value;
  const last = value.charCodeAt(LONGEST_VALUE - 1);
  return value.slice(0, last >= 0xd800 && last < 0xdc00 ? LONGEST_VALUE - 1 : LONGEST_VALUE);
}
