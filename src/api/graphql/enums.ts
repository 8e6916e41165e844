import { registerEnumType } from 'type-graphql';

/** Registers a GraphQL enum from a list of names, which stays the only definition of the values. */
export function registerEnum<const Name extends string>(
  names: readonly Name[],
  name: string,
  description: string,
  valueDescriptions: { readonly [Value in Name]?: string } = {},
): { readonly [Value in Name]: Value } {
  const values = Object.fromEntries(names.map((value) => [value, value])) as { [Value in Name]: Value };
  const valuesConfig = Object.fromEntries(
    Object.entries<string | undefined>(valueDescriptions).map(([value, text]) => [value, { description: text ?? '' }]),
  ) as Record<Name, { description: string }>;
  registerEnumType(values, { name, description, valuesConfig });
  return values;
}
