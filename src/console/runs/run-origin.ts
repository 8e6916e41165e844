import type { ForeignModelFormat, RunFieldsFragment } from '../../client/core/index.ts';
import { counted, words } from '../ui/format.ts';

const LIBRARIES: Readonly<Partial<Record<ForeignModelFormat, string>>> = {
  XGBOOST_JSON: 'XGBoost',
  XGBOOST_UBJ: 'XGBoost',
  LIGHTGBM_TEXT: 'LightGBM',
};

/** What trained the model: an algorithm, where it was several hosts how many, or the library that it was imported from. */
export function originOf({
  algorithm,
  importedFrom,
  hosts = null,
}: Pick<RunFieldsFragment, 'algorithm'> & Partial<Pick<RunFieldsFragment, 'importedFrom' | 'hosts'>>): string {
  if (importedFrom) return `${LIBRARIES[importedFrom] ?? words(importedFrom)}, imported`;
  return hosts === null ? words(algorithm) : `${words(algorithm)} on ${counted(hosts, 'host')}`;
}

/** The dataset of a run; one that was imported may have none. */
export function datasetOf({
  datasetName,
  datasetVersion,
}: Pick<RunFieldsFragment, 'datasetName' | 'datasetVersion'>): string {
  return datasetVersion === 0 ? 'no dataset' : `${datasetName}, version ${datasetVersion}`;
}
