export * from '../operations/operations.ts';
export type { ConnectionSnapshot, ConnectionState } from './connection.ts';
export { Connection } from './connection.ts';
export { type ClientErrorCode, type FieldErrors, fieldErrors, TrainyardError } from './errors.ts';
export { IdempotencyKeys } from './idempotency-key.ts';
export { type Candidate, followLeaderboard, LeaderboardMerger } from './leaderboard.ts';
export type { Answer, AnswerError, Operation } from './operation.ts';
export { type Algorithm, type CastParameters, castParameters, type ParameterSpec } from './parameters.ts';
export { createSession, Session, type SessionViewer } from './session.ts';
export type { Sink } from './subscribe.ts';
export { CurveMerger, type CurvePoint, followTrainingCurve } from './training-curve.ts';
export { followTrainingEvents, type TrainingEvent } from './training-events.ts';
export {
  createTrainyard,
  type RequestOptions,
  type TokenContext,
  Trainyard,
  type TrainyardOptions,
} from './trainyard.ts';
export type { UploadProgress } from './upload.ts';
