import { InputErrors } from '../../errors.ts';
import { parseName } from '../../platform/user-text.ts';

const MAX_NAME_LENGTH = 200;
const MAX_TAG_LENGTH = 50;

/** Validates what a user calls a run. Throws BAD_USER_INPUT. */
export function parseRunName(name: string): string {
  return parseName(name, { argument: 'input.name', what: 'The name', maxLength: MAX_NAME_LENGTH });
}

/** Validates tags, and drops repeated ones. Throws BAD_USER_INPUT with everything that is wrong. */
export function parseTags(tags: readonly string[]): string[] {
  const errors = new InputErrors();
  const parsed = tags.map((tag, index) =>
    errors.collect(() =>
      parseName(tag, { argument: `input.tags.${index}`, what: 'The tag', maxLength: MAX_TAG_LENGTH }),
    ),
  );
  errors.throwIfAny();
  return [...new Set(parsed.filter((tag) => tag !== null))];
}
