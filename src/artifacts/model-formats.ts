/** The formats in which a model can be had. */
export const MODEL_FORMATS = ['TRAINYARD_JSON'] as const;
export type ModelFormat = (typeof MODEL_FORMATS)[number];
