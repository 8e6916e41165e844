import type { Model } from '../../runtime/model.ts';
import { currentReading } from '../../runtime/values/cells.ts';
import type { Fitted } from '../estimator.ts';
import { SINGLE_THREAD } from '../parallel/pool-jobs.ts';
import { createRandom } from '../random.ts';
import { ESTIMATORS } from '../registry.ts';
import { runToEnd } from '../steps.ts';
import type { TrainingSet } from '../training-set.ts';
import type { TrainingRequest } from './training-request.ts';

/** The model that was fitted to these rows, by the request. */
export function modelOf(request: TrainingRequest, data: TrainingSet, fitted: Fitted): Model {
  return {
    task: request.task,
    algorithm: request.algorithm,
    target: request.target,
    labels: data.target.task === 'CLASSIFICATION' ? data.target.labels : null,
    features: data.features,
    reading: request.formats?.reading ?? currentReading(),
    estimator: fitted.estimator,
  };
}

/** What every model is compared with. */
export function fitBaseline(data: TrainingSet): Fitted {
  return runToEnd(
    ESTIMATORS.BASELINE.fitSteps(data, {}, createRandom(0), {
      pool: SINGLE_THREAD,
      stopReason: () => null,
      checkpoint: null,
    }),
  );
}
