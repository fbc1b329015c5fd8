/**
 * An answer of the API server that is not a success, as a typed error. The shape is metav1.Status.
 */

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

export interface Status {
  kind?: string;
  code?: number;
  reason?: string;
  message?: string;
  details?: StatusDetails;
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status. */
  readonly code: number;
  /** CamelCase, as in metav1.StatusReason: `NotFound`, `Conflict`, `Expired`, …; '' when the server gave none. */
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  /** How long the server asked to be left alone. */
  readonly retryAfterSeconds: number | undefined;
  readonly method: string;
  readonly path: string;

  constructor(
    status: Status,
    request: { method: string; path: string; retryAfterSeconds?: number | undefined },
  ) {
    const { method, path } = request;
    const code = status.code ?? 500;
    super(`${method} ${path}: ${String(code)} ${status.message ?? status.reason ?? 'no message'}`);
    this.code = code;
    this.reason = status.reason ?? '';
    this.details = status.details;
    this.retryAfterSeconds = request.retryAfterSeconds ?? status.details?.retryAfterSeconds;
    this.method = method;
    this.path = path;
  }
}

/** Reads an error body, which is a Status in JSON unless a proxy answered in the server's place. */
export function parseStatus(code: number, body: string): Status {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && 'kind' in parsed && parsed.kind === 'Status') {
      return { ...(parsed as Status), code };
    }
  } catch {
    // Not JSON: a load balancer's page.
  }
  const text = body.trim().slice(0, 200);
  return text === '' ? { code } : { code, message: text };
}

const hasCode =
  (code: number, reason?: string) =>
  (error: unknown): error is ApiError =>
    error instanceof ApiError && error.code === code && (reason === undefined || error.reason === reason);

export const isNotFound = hasCode(404);
/** The name is taken. It shares 409 with {@link isConflict}. */
export const isAlreadyExists = hasCode(409, 'AlreadyExists');
/** The object changed since it was read, or another field manager owns a field. */
export const isConflict = (error: unknown): error is ApiError =>
  error instanceof ApiError && error.code === 409 && error.reason !== 'AlreadyExists';
/** The resourceVersion is too old to watch from, or the continue token has expired: list again. */
export const isGone = hasCode(410);
/** Refused by validation; `details.causes` names the fields. */
export const isInvalid = hasCode(422);
export const isForbidden = hasCode(403);
export const isTooManyRequests = hasCode(429);
