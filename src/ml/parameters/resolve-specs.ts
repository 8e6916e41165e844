import type { DefaultsSize, Given, ParameterSpec, Parameters } from './parameter-spec.ts';

/** A parameter that an algorithm does not take, or a value outside its range; the message is for the user. */
export class ParameterError extends Error {
  override readonly name = 'ParameterError';
  /** The parameter's name. */
  readonly parameter: string;
  readonly hint: string | null;

  constructor(parameter: string, message: string, hint: string | null) {
    super(message);
    this.parameter = parameter;
    this.hint = hint;
  }
}

/** What defaults are for where nobody knows the size yet: a small table. */
const UNKNOWN_SIZE: DefaultsSize = { trainRows: 0, features: 1, labels: 0 };

/**
 * A value for each parameter: those given, checked, and the defaults of the others, some of which depend on the size of the
 * training. Null and undefined count as not given. Throws ParameterError.
 */
export function resolveSpecs(
  specs: readonly ParameterSpec[],
  given: Readonly<Record<string, unknown>>,
  size: DefaultsSize = UNKNOWN_SIZE,
): Parameters {
  const values = specs.map((spec) => [spec.name, checkedValue(spec, given[spec.name] ?? spec.default)] as const);
  const set: Given = Object.fromEntries(values.flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
  return Object.freeze(
    Object.fromEntries(specs.map(({ name, defaultFor }) => [name, set[name] ?? defaultFor?.(size, set) ?? null])),
  );
}

function checkedValue(spec: ParameterSpec, value: unknown): number | string | boolean | null {
  if (value === null) return null;
  if (spec.kind === 'ENUM') {
    if (typeof value === 'string' && spec.choices.includes(value)) return value;
  } else if (spec.kind === 'BOOLEAN') {
    if (typeof value === 'boolean') return value;
  } else if (typeof value === 'number' && Number.isFinite(value)) {
    const isInRange = value >= (spec.min ?? -Infinity) && value <= (spec.max ?? Infinity);
    if (isInRange && (spec.kind === 'FLOAT' || Number.isInteger(value))) return value;
  }
  throw new ParameterError(spec.name, `${spec.name} must be ${rangeOf(spec)}; got ${textOf(value)}`, spec.description);
}

/** What was given, as the user wrote it. */
function textOf(value: unknown): string {
  return typeof value === 'number' || typeof value === 'string' ? `${value}` : JSON.stringify(value);
}

/** In words: "a whole number from 1 to 32". */
function rangeOf(spec: ParameterSpec): string {
  if (spec.kind === 'ENUM') return spec.choices.join(' or ');
  if (spec.kind === 'BOOLEAN') return 'true or false';
  const noun = spec.kind === 'INT' ? 'a whole number' : 'a number';
  if (spec.min !== null && spec.max !== null) return `${noun} from ${spec.min} to ${spec.max}`;
  if (spec.min !== null) return `${noun} of at least ${spec.min}`;
  return spec.max === null ? noun : `${noun} of at most ${spec.max}`;
}
