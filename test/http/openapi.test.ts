import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Operation } from "../../src/protocol/operation.js";
import { operations } from "../../src/protocol/operations.js";
import { createApi } from "./support/api.js";

const table = Object.values<Operation>(operations);

describe("the table of operations", () => {
  test("has every route the server answers, and no other", async () => {
    const { app } = await createApi();
    const served = app.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) => `${method} ${path}`);
    expect(table.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(served.sort());
  });

  test("gives every operation with a body its problems of a body", () => {
    for (const { body, content, problems, path } of table)
      for (const status of [400, 413] as const)
        expect(problems.includes(status), path).toBe((body ?? content) !== undefined);
  });
});

describe("GET /api/openapi.json", () => {
  test("is the document of docs/openapi.json, for anyone", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    const api = await createApi({ version });
    const answer = await api.call("GET", "/api/openapi.json");
    expect([answer.status, answer.headers.get("Content-Type")]).toEqual([200, "application/json"]);
    const kept = readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8");
    expect(answer.json).toEqual(JSON.parse(kept));
  });

  test("contains all its references, and names every operation once", async () => {
    const api = await createApi();
    const { text, json } = await api.call("GET", "/api/openapi.json");
    const held = Object.entries<object>(json.components).flatMap(([kind, members]) =>
      Object.keys(members).map((name) => `#/components/${kind}/${name}`),
    );
    const used = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref);
    expect(used.length).toBeGreaterThan(100);
    expect(used.filter((ref) => ref === undefined || !held.includes(ref))).toEqual([]);
    const ids = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
    expect(ids.sort()).toEqual(Object.keys(operations).sort());
  });

  test("describes every parameter in an address", async () => {
    const api = await createApi();
    const { json } = await api.call("GET", "/api/openapi.json");
    for (const [path, methods] of Object.entries<Record<string, { parameters?: { name: string; in: string }[] }>>(
      json.paths,
    ))
      for (const { parameters = [] } of Object.values(methods)) {
        const varying = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
        expect(parameters.filter((one) => one.in === "path").map(({ name }) => name)).toEqual(varying);
        for (const parameter of parameters) expect(parameter, path).toMatchObject({ description: expect.any(String) });
      }
  });
});
