import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { eventTypes } from "../../src/core/room/event.js";
import { maxBodyBytes } from "../../src/http/input.js";
import { type ProblemCode, problems } from "../../src/protocol/problem.js";
import { apiDocs } from "../support/api-docs.js";
import { adminToken, createApi, makeRoom } from "./support/api.js";

const text = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");

describe("docs/protocol.md", () => {
  test("has every error with its status, and no other", () => {
    const rows = [...text.matchAll(/^\| (\d{3}) \| `([a-z_]+)` \|/gm)].map(([, status, code]) => [
      code,
      Number(status),
    ]);
    const table = Object.keys(problems).map((code) => [code, problems[code as ProblemCode].status]);
    expect(rows.sort()).toEqual(table.sort());
  });

  test("names every type of event, and no other", () => {
    const named = text.slice(text.indexOf("\nTypes: "), text.indexOf("### What agents are doing"));
    expect([...named.matchAll(/`([a-z.]+)`/g)].map(([, type]) => type).sort()).toEqual([...eventTypes].sort());
  });

  test("names every frame of activity", () => {
    for (const type of ["activity.snapshot", "activity.text", "activity.tool", "activity.ended"])
      expect(text).toContain(`| \`${type}\` |`);
  });

  test("and docs/openapi.json are as `npm run docs:api` writes them", () => {
    for (const { path, is, must } of apiDocs()) expect(is, path.pathname).toBe(must);
  });

  test("states the limits", async () => {
    expect(text).toContain(`${maxBodyBytes.toLocaleString("en-US")} bytes`);
  });

  test("shows a frame as it is sent", async () => {
    const api = await createApi();
    const room = await makeRoom(api);
    await api.call("POST", `${room.path}/messages`, { token: adminToken, body: { body: "x" } });
    const response = await api.send("GET", `${room.path}/events?after=0`, { token: room.viewer });
    const reader = response.body?.getReader();
    let bytes = "";
    while (!bytes.includes("message.posted")) bytes += new TextDecoder().decode((await reader?.read())?.value);
    await reader?.cancel();
    expect(bytes).toMatch(/^retry: 1000\nid: 0\n\n/);
    expect(bytes).toMatch(
      /\nid: \d+\.0\ndata: \{"version":\d+,"index":0,"at":\d+,"actor":"admin","type":"message\.posted",/,
    );
  });
});
