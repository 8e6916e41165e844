import { badInput } from '../../errors.ts';

/**
 * Throws BAD_USER_INPUT, with the path, if an argument contains invalid text: a NUL, which PostgreSQL refuses in text, or
 * half of a surrogate pair, which it refuses in JSON.
 *
 * @example refuseInvalidText('input', { names: ['a', 'b\0'] }) // throws, with the argument input.names.1
 */
export function refuseInvalidText(argument: string, value: unknown): void {
  if (typeof value === 'string') {
    if (!value.includes('\0') && value.isWellFormed()) return;
    throw badInput(
      argument,
      `${argument} contains a character that is not valid text.`,
      'Remove NUL characters and unpaired surrogates.',
    );
  }
  // A file of a multipart request has no entries.
  if (typeof value !== 'object' || value === null) return;
  for (const [name, part] of Object.entries(value)) refuseInvalidText(`${argument}.${name}`, part);
}
