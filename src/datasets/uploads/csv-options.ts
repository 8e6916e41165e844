import { badInput, InputErrors } from '../../errors.ts';
import { type CsvOptions, invalidCsvOption } from '../../tabular/csv-options.ts';
import type { CsvOptionsInput } from '../dataset.input.ts';

/**
 * The reader's options from the API's: null means "find out", and what is the default is left out. Throws BAD_USER_INPUT for
 * one that cannot be followed.
 */
export function parseCsvOptions(input: CsvOptionsInput | null): CsvOptions {
  const { keepDefaultMissingTokens, ...others } = input ?? {};
  const given = Object.fromEntries(
    Object.entries({ ...others, ...(keepDefaultMissingTokens === false ? { keepDefaultMissingTokens } : {}) }).filter(
      ([, value]) => value !== null && value !== undefined,
    ),
  );
  const options: CsvOptions = given;
  const errors = new InputErrors();
  for (const [name, value] of Object.entries<unknown>(given))
    errors.collect(() => refuse(`input.csv.${name}`, invalidCsvOption({ [name]: value })));
  errors.throwIfAny();
  // Each by itself can be followed, but perhaps not all of them together.
  refuse('input.csv', invalidCsvOption(options));
  return options;
}

function refuse(argument: string, mistake: string | null): void {
  if (mistake !== null) throw badInput(argument, `${mistake}.`);
}
