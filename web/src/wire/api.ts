/* Requests to /api/v1. Used by endpoints.ts. Every failure is a Problem with one line a person can act on. */

interface ProblemBody {
  title?: string;
  detail?: string;
}

/** A failed request (RFC 9457 problem+json, or what could be told without one). status 0: no answer at all. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
  ) {
    super(detail ? `${title}: ${detail}` : title);
  }
}

export interface Answer<T> {
  status: number;
  etag: string | null;
  body: T;
}

export interface Ask {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  query?: Record<string, string | number | null | undefined>;
  body?: unknown;
  /** the ETag of the version this change was made from; a newer one at the platform answers 412 */
  ifMatch?: string;
  signal?: AbortSignal;
}

const TIMEOUT = 20_000;

export class Api {
  constructor(
    private readonly token: () => string | null,
    private readonly refused: () => void,
    private readonly base = "/api/v1",
    private readonly fetcher: typeof fetch = (input, init) => fetch(input, init),
  ) {}

  async ask<T>(path: string, ask: Ask = {}): Promise<Answer<T>> {
    const response = await this.#send(path, ask);
    if (response.status === 401) this.refused();
    if (!response.ok) throw await problemOf(response);
    const body = response.status === 204 ? null : await response.json();
    return { status: response.status, etag: response.headers.get("etag"), body: body as T };
  }

  async get<T>(path: string, query: Ask["query"] = {}, signal?: AbortSignal): Promise<T> {
    return (await this.ask<T>(path, signal ? { query, signal } : { query })).body;
  }

  async #send(path: string, ask: Ask): Promise<Response> {
    try {
      return await this.fetcher(this.#url(path, ask.query), {
        method: ask.method ?? "GET",
        headers: this.#headers(ask),
        signal: ask.signal ? AbortSignal.any([ask.signal, AbortSignal.timeout(TIMEOUT)]) : AbortSignal.timeout(TIMEOUT),
        ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
      });
    } catch (error) {
      if (ask.signal?.aborted) throw error;
      throw new Problem(0, "The platform does not answer", "");
    }
  }

  #url(path: string, query: Ask["query"] = {}): string {
    const params = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== null && value !== undefined) params.set(name, String(value));
    }
    const text = params.toString();
    return `${this.base}/${path}${text ? `?${text}` : ""}`;
  }

  #headers(ask: Ask): Record<string, string> {
    const token = this.token();
    return {
      accept: "application/json",
      ...(ask.body === undefined ? {} : { "content-type": "application/json" }),
      ...(ask.ifMatch === undefined ? {} : { "if-match": ask.ifMatch }),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    };
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const fallback = response.statusText || `HTTP ${response.status}`;
  const json = /\bjson\b/.test(response.headers.get("content-type") ?? "");
  const body = json ? ((await response.json().catch(() => null)) as ProblemBody | null) : null;
  const detail = typeof body?.detail === "string" ? body.detail : "";
  return new Problem(response.status, typeof body?.title === "string" ? body.title : fallback, detail);
}

/** True for the end of a request that the page itself gave up. */
export function wasAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
