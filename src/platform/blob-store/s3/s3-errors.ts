import { FaultError, type FaultReason } from '../../fault.ts';

/** What the store, the SDK, a socket or TLS says (an error's name or code), as an operator is told. */
const REASONS: Readonly<Record<string, FaultReason>> = {
  NoSuchBucket: 'BUCKET_MISSING',
  InvalidAccessKeyId: 'CREDENTIALS',
  SignatureDoesNotMatch: 'CREDENTIALS',
  InvalidToken: 'CREDENTIALS',
  InvalidClientTokenId: 'CREDENTIALS',
  ExpiredToken: 'CREDENTIALS',
  ExpiredTokenException: 'CREDENTIALS',
  TokenRefreshRequired: 'CREDENTIALS',
  CredentialsProviderError: 'CREDENTIALS',
  TokenProviderError: 'CREDENTIALS',
  RequestTimeTooSkewed: 'CLOCK_SKEW',
  RequestExpired: 'CLOCK_SKEW',
  AccessDenied: 'FORBIDDEN',
  AllAccessDisabled: 'FORBIDDEN',
  AccountProblem: 'FORBIDDEN',
  UserSuspended: 'FORBIDDEN',
  MethodNotAllowed: 'READ_ONLY',
  QuotaExceeded: 'FULL',
  InsufficientStorage: 'FULL',
  XMinioStorageFull: 'FULL',
  XMinioAdminBucketQuotaExceeded: 'FULL',
  TimeoutError: 'NO_ANSWER',
  AbortError: 'NO_ANSWER',
  RequestTimeout: 'NO_ANSWER',
  SlowDown: 'NO_ANSWER',
  ServiceUnavailable: 'NO_ANSWER',
  InternalError: 'NO_ANSWER',
  ECONNREFUSED: 'NO_ANSWER',
  ECONNRESET: 'NO_ANSWER',
  ECONNABORTED: 'NO_ANSWER',
  EPIPE: 'NO_ANSWER',
  ETIMEDOUT: 'NO_ANSWER',
  ENOTFOUND: 'NO_ANSWER',
  EAI_AGAIN: 'NO_ANSWER',
  EHOSTUNREACH: 'NO_ANSWER',
  ENETUNREACH: 'NO_ANSWER',
  CERT_HAS_EXPIRED: 'CERTIFICATE',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'CERTIFICATE',
  SELF_SIGNED_CERT_IN_CHAIN: 'CERTIFICATE',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'CERTIFICATE',
  UNABLE_TO_GET_ISSUER_CERT: 'CERTIFICATE',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'CERTIFICATE',
  ERR_TLS_CERT_ALTNAME_INVALID: 'CERTIFICATE',
};

/** Answers without a body, such as those to HEAD, have a status alone. */
const STATUS_REASONS: Readonly<Record<number, FaultReason>> = {
  403: 'FORBIDDEN',
  405: 'READ_ONLY',
  507: 'FULL',
};

/** The HTTP status of the store's answer; undefined where there was none. */
function statusOf(error: unknown): number | undefined {
  const metadata = error instanceof Error && '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

/** True for the answer that there is no such object; one to HEAD may also mean that there is no such bucket. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && (error.name === 'NoSuchKey' || error.name === 'NotFound');
}

/** The error that this program throws for one of the SDK: a FaultError with the reason, and the SDK's as its cause. */
export function toFault(error: unknown): FaultError {
  return error instanceof FaultError ? error : new FaultError(reasonOf(error), { cause: error });
}

function reasonOf(error: unknown): FaultReason {
  for (const each of withCauses(error)) {
    const code = 'code' in each ? String(each.code) : '';
    const reason = REASONS[each.name] ?? REASONS[code];
    if (reason !== undefined) return reason;
  }
  const status = statusOf(error) ?? 0;
  return STATUS_REASONS[status] ?? (status >= 500 ? 'NO_ANSWER' : 'FAILED');
}

/** The error and all that caused it, those of several addresses of one host among them. */
function* withCauses(error: unknown): Generator<Error> {
  if (!(error instanceof Error)) return;
  yield error;
  if (error instanceof AggregateError) for (const each of error.errors) yield* withCauses(each);
  yield* withCauses(error.cause);
}
