import type { AlgorithmsQuery, ParametersInput } from '../operations/operations.ts';

/** An algorithm, with all that a form needs. */
export type Algorithm = NonNullable<AlgorithmsQuery['algorithms']>[number];

/** A parameter of an algorithm. */
export type ParameterSpec = Algorithm['parameters'][number];

/** What a user has written into a form, as values of the API, and what is wrong with it. */
export interface CastParameters {
  readonly parameters: ParametersInput;
  /** Messages by the name of the parameter. */
  readonly errors: Readonly<Record<string, string>>;
}

/** Casts texts to the kinds of the parameters. Empty ones are left out: they mean the default. */
export function castParameters(
  specs: readonly ParameterSpec[],
  texts: Readonly<Record<string, string>>,
): CastParameters {
  const parameters: Record<string, unknown> = {};
  const errors: Record<string, string> = {};
  for (const spec of specs) {
    const text = texts[spec.name]?.trim() ?? '';
    if (text === '') continue;
    const value = castValue(spec, text);
    if (value === null) errors[spec.name] = requirementOf(spec);
    else parameters[spec.name] = value;
  }
  return { parameters, errors };
}

/** Null for a text that is no value of the parameter. */
function castValue({ kind, min, max, choices }: ParameterSpec, text: string): number | string | boolean | null {
  // As a text, because the server may know kinds that this version does not.
  switch (kind as string) {
    case 'INT':
    case 'FLOAT': {
      const value = Number(text);
      const isNumber = kind === 'INT' ? Number.isSafeInteger(value) : Number.isFinite(value);
      return isNumber && value >= (min ?? value) && value <= (max ?? value) ? value : null;
    }
    case 'BOOLEAN':
      return text === 'true' || text === 'false' ? text === 'true' : null;
    case 'ENUM':
      return choices.includes(text) ? text : null;
    default:
      return text;
  }
}

function requirementOf({ kind, min, max, choices }: ParameterSpec): string {
  if (choices.length > 0) return `Must be one of ${choices.join(', ')}.`;
  if ((kind as string) === 'BOOLEAN') return 'Must be true or false.';
  const noun = kind === 'INT' ? 'a whole number' : 'a number';
  if (min !== null && max !== null) return `Must be ${noun} from ${min} to ${max}.`;
  if (min !== null) return `Must be ${noun} of at least ${min}.`;
  return max === null ? `Must be ${noun}.` : `Must be ${noun} of at most ${max}.`;
}
