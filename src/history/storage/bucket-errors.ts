/** What S3 and the way to it answer, in words: what failed, where, and what to do next. */
import { StorageError, UnavailableFileError } from './storage.ts';

/** The file is empty: it has no first byte. */
export class RangeNotSatisfiableError extends Error {
  override name = 'RangeNotSatisfiableError';
}

interface Where {
  readonly root: string;
  readonly bucket: string;
  /** The file that was asked for; undefined: a listing. */
  readonly path: string | undefined;
}

const NO_CREDENTIALS = new Set(['CredentialsProviderError', 'TokenProviderError']);
const WRONG_CREDENTIALS = new Set([
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
]);
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'TimeoutError',
]);

/** The error to throw in its place. */
export function bucketFailure(error: unknown, { root, bucket, path }: Where): Error {
  const { name, code, status, message } = partsOf(error);
  const cause = { cause: error };
  const failed = (reason: string): StorageError => new StorageError(`history: ${root}: ${reason}`, cause);
  if (status === 416) return new RangeNotSatisfiableError(message, cause);
  if (name === 'NoSuchBucket')
    return failed(`there is no bucket ${bucket} there: make it, or correct its name or the endpoint`);
  if (name === 'NoSuchKey' || (status === 404 && path !== undefined))
    return new UnavailableFileError('Gone', 'is not there any more', cause);
  if (NO_CREDENTIALS.has(name))
    return failed(
      'no credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile in AWS_PROFILE, or give the pod a role',
    );
  if (WRONG_CREDENTIALS.has(name)) return failed(`the credentials are not accepted (${name}): renew them`);
  if (status === 403)
    return failed(
      `access is denied${path === undefined ? '' : ` to ${path}`}: the credentials need s3:ListBucket on the bucket, and s3:GetObject, s3:PutObject and s3:DeleteObject on its objects`,
    );
  if (status === 301 || name === 'PermanentRedirect' || name === 'AuthorizationHeaderMalformed')
    return failed(`the bucket is in another region (${message}): set the region to that one`);
  if (UNREACHABLE.has(code ?? '') || UNREACHABLE.has(name))
    return failed(
      `the endpoint cannot be reached (${message}): check its URL, and that the network lets it through`,
    );
  if (/region is missing/i.test(message))
    return failed('no region is known: set AWS_REGION, or history.bucket.region');
  return failed(`${path ?? 'the request'} failed: ${name}: ${message}`);
}

interface Parts {
  readonly name: string;
  readonly code: string | undefined;
  readonly status: number | undefined;
  readonly message: string;
}

function partsOf(error: unknown): Parts {
  if (!(error instanceof Error))
    return { name: 'Error', code: undefined, status: undefined, message: String(error) };
  const { code, $metadata } = error as { code?: unknown; $metadata?: { httpStatusCode?: number } };
  const { code: inner } = (error.cause ?? {}) as { code?: unknown };
  const first = [code, inner].find((c) => typeof c === 'string');
  return {
    name: error.name,
    code: first,
    status: $metadata?.httpStatusCode,
    message: error.message === '' ? (first ?? error.name) : error.message,
  };
}
