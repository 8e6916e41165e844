import { badInput } from '../errors.ts';
import { type CsvOptions, invalidCsvOption } from '../tabular/csv-options.ts';
import type { CsvOptionsInput } from './dataset.input.ts';

/** The reader's options from the API's: null means "find out". Throws BAD_USER_INPUT for one that cannot be followed. */
export function parseCsvOptions(input: CsvOptionsInput | null): CsvOptions {
  const given = Object.fromEntries(
    Object.entries(input ?? {}).filter(([, value]) => value !== null && value !== undefined),
  );
  const options: CsvOptions = given;
  const mistake = invalidCsvOption(options);
  if (mistake !== null) throw badInput('input.csv', `${mistake}.`);
  return options;
}
