/** The formats in which a model can be had. */
export const MODEL_FORMATS = ['TRAINYARD_JSON', 'ML_CART_JSON', 'ML_LOGISTIC_REGRESSION_JSON', 'ONNX'] as const;
export type ModelFormat = (typeof MODEL_FORMATS)[number];
