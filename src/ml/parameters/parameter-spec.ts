/** What a default may depend on: the training rows, the features and, for labels, how many; 0 for numbers. */
export interface DefaultsSize {
  readonly trainRows: number;
  readonly features: number;
  readonly labels: number;
  /** Whether predictions have to go one way as some feature rises; left out: no. */
  readonly isConstrained?: boolean;
}

/** The parameters that the caller has set. */
export type Given = Readonly<Record<string, number | string | boolean>>;

/** A parameter of an algorithm as data: it checks what users give, fills lists of parameters and makes the error texts. */
export interface ParameterSpec {
  readonly name: string;
  readonly kind: 'INT' | 'FLOAT' | 'ENUM' | 'BOOLEAN';
  /** Null: not set, with the meaning that the description gives; or by `defaultFor`. */
  readonly default: number | string | boolean | null;
  /** The smallest and largest number allowed, both included; null for no limit, for ENUM and BOOLEAN. */
  readonly min: number | null;
  readonly max: number | null;
  /** The values of an ENUM; else empty. */
  readonly choices: readonly string[];
  readonly description: string;
  /** For a default that depends on the size of the training, or on the other parameters that are given; `default` is null then. */
  readonly defaultFor?: (size: DefaultsSize, given: Given) => number | boolean;
}

/** The caller gives a fitting its time; the estimators themselves only ask whether to stop. */
export const TIME_BUDGET_PARAMETER: ParameterSpec = {
  name: 'timeBudgetSeconds',
  kind: 'INT',
  default: null,
  min: 1,
  max: 86_400,
  choices: [],
  description: 'The training ends after this time with the best model so far. Not set: no limit.',
};

/** A value for each parameter that an algorithm takes. */
export type Parameters = Readonly<Record<string, number | string | boolean | null>>;

/** A number that the algorithm's specification gives a default for. Throws TypeError if it is not there. */
export function numberParameter(parameters: Parameters, name: string): number {
  const value = parameters[name];
  if (typeof value !== 'number') throw new TypeError(`the parameter ${name} has no number`);
  return value;
}

/** A number, or null where the parameter is not set. */
export function optionalNumberParameter(parameters: Parameters, name: string): number | null {
  const value = parameters[name];
  return typeof value === 'number' ? value : null;
}

/** Whether a parameter is switched on; false where it is not set, as in runs of before it existed. */
export function booleanParameter(parameters: Parameters, name: string): boolean {
  return parameters[name] === true;
}

/** 0 for algorithms that take no chances. */
export function seedOf(parameters: Parameters): number {
  const seed = parameters['seed'];
  return typeof seed === 'number' ? seed : 0;
}
