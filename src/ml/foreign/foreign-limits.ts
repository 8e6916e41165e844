import { MAX_FEATURES } from '../../runtime/model.ts';

/** Larger files are refused before they are read: what is read of one takes several times its size. */
export const MAX_FOREIGN_BYTES = 128 * 1024 * 1024;

/** Values of JSON may be nested so deep; those of XGBoost's files are at most nine levels deep. */
export const MAX_NESTING = 32;

/** Deeper trees are refused: explaining a prediction takes memory of the square of the depth. */
export const MAX_TREE_DEPTH = 1_000;

export const MAX_CLASSES = 10_000;

/** Inputs of a model. */
export const MAX_FOREIGN_FEATURES = MAX_FEATURES;

/** Codes that the splits of a file name together; LightGBM writes 32 of them with eleven characters. */
export const MAX_NAMED_CODES = 2 ** 24;
