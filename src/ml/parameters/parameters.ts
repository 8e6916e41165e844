import { ALGORITHMS, type AlgorithmName } from '../registry.ts';
import type { DefaultsSize, ParameterSpec, Parameters } from './parameter-spec.ts';
import { ParameterError, resolveSpecs } from './resolve-specs.ts';

export type { Parameters } from './parameter-spec.ts';
export { ParameterError } from './resolve-specs.ts';

/**
 * All of the algorithm's parameters: those given, checked, and the defaults of the others, some of which depend on the size of
 * the training. Null and undefined count as not given. Throws ParameterError.
 */
export function resolveParameters(
  algorithm: AlgorithmName,
  given: Readonly<Record<string, unknown>>,
  size?: DefaultsSize,
): Parameters {
  const specs = ALGORITHMS.find((spec) => spec.name === algorithm)?.parameters ?? [];
  for (const [name, value] of Object.entries(given)) {
    const isKnown = specs.some((spec) => spec.name === name);
    if (!isKnown && value !== null && value !== undefined) throw unknownParameter(algorithm, name, specs);
  }
  return resolveSpecs(specs, given, size);
}

function unknownParameter(algorithm: string, name: string, specs: readonly ParameterSpec[]): ParameterError {
  const takes = `it takes ${specs.map((spec) => spec.name).join(', ')}`;
  const others = ALGORITHMS.filter((spec) => spec.parameters.some((parameter) => parameter.name === name));
  const hint = others.length === 0 ? null : `${name} is a parameter of ${others.map((spec) => spec.name).join(', ')}`;
  return new ParameterError(name, `${algorithm} does not take ${name}; ${takes}`, hint);
}
