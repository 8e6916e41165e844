/** The types of custom scalars: `DateTime` is an ISO 8601 string, `SafeInt` an integer up to 2^53-1. */
export const SCALARS = {
  DateTime: 'string',
  JSONObject: 'Record<string, unknown>',
  SafeInt: 'number',
  Upload: 'File',
} as const;

/** Settings for GraphQL Code Generator: the `config` of its client preset. */
export const CODEGEN_CONFIG = {
  /** Fails on a scalar that is not listed, instead of using `any`. */
  strictScalars: true,
  scalars: SCALARS,
  enumsAsTypes: true,
  /** New values may be added to an enum. */
  futureProofEnums: true,
  useTypeImports: true,
} as const;
