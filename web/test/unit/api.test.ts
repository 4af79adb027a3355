import { describe, expect, it } from "vitest";
import { Api, Problem } from "../../src/wire/api";

interface Sent {
  url: string;
  init: RequestInit;
}

function api(response: () => Response | Promise<Response>, token: string | null = null): { api: Api; sent: Sent[]; refusals: number[] } {
  const sent: Sent[] = [];
  const refusals: number[] = [];
  const fetcher = async (url: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    sent.push({ url: String(url), init });
    return response();
  };
  return { api: new Api(() => token, () => refusals.push(1), "/api/v1", fetcher), sent, refusals };
}

const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });

describe("Api", () => {
  it("writes the query, leaving out what is not said", async () => {
    const { api: one, sent } = api(() => json({ items: [] }));
    await one.get("devices", { cursor: null, limit: 5, q: "a&b" });
    expect(sent[0]?.url).toBe("/api/v1/devices?limit=5&q=a%26b");
  });

  it("sends the token, the body and If-Match; gives the ETag", async () => {
    const { api: one, sent } = api(() => json({ a: 1 }, 200, { etag: '"3"' }), "secret");
    const answer = await one.ask("rules/x", { method: "PUT", body: { b: 2 }, ifMatch: '"2"' });
    expect(answer).toEqual({ status: 200, etag: '"3"', body: { a: 1 } });
    expect(sent[0]?.init).toMatchObject({ method: "PUT", body: '{"b":2}' });
    expect(sent[0]?.init.headers).toMatchObject({ authorization: "Bearer secret", "if-match": '"2"', "content-type": "application/json" });
  });

  it("turns problem+json into a Problem of one line", async () => {
    const body = JSON.stringify({ title: "Precondition failed", detail: "the rule has changed" });
    const { api: one } = api(() => new Response(body, { status: 412, headers: { "content-type": "application/problem+json" } }));
    await expect(one.get("x")).rejects.toMatchObject({ status: 412, message: "Precondition failed: the rule has changed" });
  });

  it("makes do with an answer that is no JSON, or says it is and is not", async () => {
    const page = api(() => new Response("<html>", { status: 502, statusText: "Bad Gateway" }));
    await expect(page.api.get("x")).rejects.toMatchObject({ status: 502, title: "Bad Gateway" });
    const torn = api(() => new Response("{", { status: 500, statusText: "Oops", headers: { "content-type": "application/json" } }));
    await expect(torn.api.get("x")).rejects.toMatchObject({ status: 500, title: "Oops" });
  });

  it("tells that a token is needed", async () => {
    const { api: one, refusals } = api(() => json({}, 401));
    await expect(one.get("x")).rejects.toBeInstanceOf(Problem);
    expect(refusals).toHaveLength(1);
  });

  it("says that nothing answered, but lets its own ending of a request pass", async () => {
    const { api: one } = api(() => Promise.reject(new TypeError("fetch failed")));
    await expect(one.get("x")).rejects.toMatchObject({ status: 0, message: "The platform does not answer" });
    const gone = AbortSignal.abort();
    await expect(one.get("x", {}, gone)).rejects.not.toBeInstanceOf(Problem);
  });
});
