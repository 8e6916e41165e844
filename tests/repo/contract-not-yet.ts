/**
 * What the contract promises and the schema does not offer yet: types, fields, arguments, input fields and enum values, by
 * their coordinates, sorted. What is inside a listed one is not listed by itself. The list only ever gets shorter.
 */
export const NOT_YET: readonly string[] = [];
