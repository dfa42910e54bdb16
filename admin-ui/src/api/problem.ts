import type { Problem as ProblemBody, ProblemField } from './schema.gen';

/** An answer that was not a success, or no answer at all (`code` is then `offline`). */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: readonly ProblemField[];
  readonly requestId: string | undefined;
  /** Seconds the hub asks us to wait. */
  readonly retryAfter: number | undefined;

  constructor(body: Partial<ProblemBody>, retryAfter?: number) {
    super(body.detail ?? body.title ?? body.code ?? 'problem');
    this.name = 'Problem';
    this.status = body.status ?? 0;
    this.code = body.code ?? 'internal';
    this.fields = body.fields ?? [];
    this.requestId = body.request_id;
    this.retryAfter = retryAfter;
  }

  /** Reads a failed answer; a body that is no problem document still gives a usable code. */
  static async from(response: Response): Promise<Problem> {
    const wait = Number(response.headers.get('Retry-After'));
    const retryAfter = Number.isFinite(wait) && wait > 0 ? wait : undefined;
    const body: unknown = await response.json().catch(() => ({}));
    const known = typeof body === 'object' && body !== null ? (body as Partial<ProblemBody>) : {};
    return new Problem({ code: codeOf(response.status), ...known, status: response.status }, retryAfter);
  }

  /** The hub could not be reached. */
  static offline(): Problem {
    return new Problem({ code: 'offline', title: 'the hub cannot be reached' });
  }
}

/** Whether the failure is ours to try again: nothing was decided by the hub. */
export function isPassing(error: unknown): boolean {
  return error instanceof Problem && ['offline', 'unavailable', 'in_progress'].includes(error.code);
}

/** Whether an error is a problem with this code. */
export function hasCode(error: unknown, code: string): error is Problem {
  return error instanceof Problem && error.code === code;
}

function codeOf(status: number): string {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 413) return 'too_large';
  if (status === 429) return 'rate_limited';
  if (status === 502 || status === 503 || status === 504) return 'unavailable';
  return 'internal';
}
