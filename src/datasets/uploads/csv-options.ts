import { badInput, InputErrors } from '../../errors.ts';
import { type CsvOptions, invalidCsvOption } from '../../tabular/csv-options.ts';
import type { CsvOptionsInput } from '../dataset.input.ts';

/**
 * Maps the API's options to the reader's: null means "detect", and defaults are left out. Throws BAD_USER_INPUT for an
 * invalid option; `path` is that of the input.
 */
export function parseCsvOptions(input: CsvOptionsInput | null, path = 'input.csv'): CsvOptions {
  const { keepDefaultMissingTokens, ...others } = input ?? {};
  const given = Object.fromEntries(
    Object.entries({ ...others, ...(keepDefaultMissingTokens === false ? { keepDefaultMissingTokens } : {}) }).filter(
      ([, value]) => value !== null && value !== undefined,
    ),
  );
  const options: CsvOptions = given;
  const errors = new InputErrors();
  for (const [name, value] of Object.entries<unknown>(given)) {
    errors.collect(() => refuse(`${path}.${name}`, invalidCsvOption({ [name]: value })));
  }
  errors.throwIfAny();
  // Each is valid by itself, but their combination may not be.
  refuse(path, invalidCsvOption(options));
  return options;
}

function refuse(argument: string, mistake: string | null): void {
  if (mistake !== null) throw badInput(argument, `${mistake}.`);
}
