import { registerEnum } from '../../api/graphql/enums.ts';
import { FOREIGN_MODEL_FORMATS } from '../../ml/foreign/foreign-model.ts';

export const ForeignModelFormatEnum = registerEnum(
  FOREIGN_MODEL_FORMATS,
  'ForeignModelFormat',
  'The file of a model that was trained elsewhere; see docs/importing-models.md.',
  {
    XGBOOST_JSON: "XGBoost's JSON, as `save_model('model.json')` writes it.",
    XGBOOST_UBJ: "XGBoost's Universal Binary JSON, as `save_model('model.ubj')` writes it.",
    LIGHTGBM_TEXT: "LightGBM's text, as `save_model('model.txt')` writes it.",
  },
);
