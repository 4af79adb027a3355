import { describe, expect, it } from "vitest";
import { formatHash, parseHash, withParams } from "../../src/router";

describe("the address", () => {
  it.each([
    ["", "/", {}],
    ["#", "/", {}],
    ["#/", "/", {}],
    ["#/?device=a%2Fb&metric=x+y", "/", { device: "a/b", metric: "x y" }],
    ["#/nowhere?x=1", "/nowhere", { x: "1" }],
  ])("reads %j", (hash, path, params) => {
    expect(parseHash(hash)).toEqual({ path, params });
  });

  it("writes what it reads, whatever a device is called", () => {
    const route = { path: "/", params: { device: "a#b?c&d=ü 😀", metric: "%" } };
    expect(parseHash(formatHash(route))).toEqual(route);
  });

  it("changes and takes away parameters", () => {
    const route = parseHash("#/?device=a&metric=b");
    expect(formatHash(withParams(route, { metric: null, range: "1h" }))).toBe("#/?device=a&range=1h");
    expect(formatHash(withParams(route, { metric: null, device: null }))).toBe("#/");
  });
});
