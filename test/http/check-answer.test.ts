import { describe, expect, test } from "vitest";
import { checkBody, checkFrame, checkHead } from "./support/check-answer.js";

const json = (status: number, type = "application/json") =>
  new Response(null, { status, headers: { "Content-Type": type } });

/** Checks one answer as the tests' client does. */
function check(method: string, path: string, { status, type, body }: { status: number; type?: string; body: unknown }) {
  const found = checkHead({ method, path, response: json(status, type) });
  if (found) checkBody(found, JSON.stringify(body));
}

const problem = {
  type: "urn:parley:problem:unauthorized",
  title: "No valid token",
  status: 401,
  code: "unauthorized",
  detail: "…",
  requestId: "r",
};
const asProblem = "application/problem+json";

describe("the check of an answer", () => {
  test("passes a documented answer", () => {
    check("POST", "/api/rooms/abc/pause", { status: 200, body: { version: 3 } });
    check("GET", "/api/rooms?x=1", { status: 401, type: asProblem, body: problem });
    check("GET", "/api/rooms/abc/export", { status: 200, type: "text/markdown", body: "any text" });
  });

  test.each<[string, string, { status: number; type?: string; body: unknown }, RegExp]>([
    ["POST", "/api/rooms/abc/pause", { status: 204, body: {} }, /pauseRoom: status 204 .* is not documented/],
    ["POST", "/api/rooms/abc/pause", { status: 200, body: {} }, /pauseRoom 200 is not as documented/],
    ["POST", "/api/rooms/abc/pause", { status: 200, body: { version: "3" } }, /is not as documented/],
    ["POST", "/api/rooms/abc/pause", { status: 200, body: { version: 3, more: 1 } }, /a member that is not documented/],
    ["POST", "/api/rooms/abc/pause", { status: 200, type: "text/plain", body: { version: 3 } }, /status 200 \(text/],
    ["GET", "/api/rooms/abc", { status: 409, type: asProblem, body: problem }, /getRoom: status 409/],
    ["GET", "/api/rooms/abc", { status: 401, body: problem }, /401 is application\/json, not a problem document/],
    ["GET", "/api/rooms/abc", { status: 401, type: asProblem, body: { ...problem, code: "new" } }, /not as documented/],
    ["GET", "/api/rooms/abc", { status: 401, type: asProblem, body: { ...problem, status: 404 } }, /not its own/],
    ["GET", "/api/config", { status: 500, type: asProblem, body: problem }, /getConfig: status 500/],
    ["GET", "/api/nothing", { status: 200, body: {} }, /no operation: status 200/],
  ])("fails %s %s answered with %o", (method, path, answer, reason) => {
    expect(() => check(method, path, answer)).toThrow(reason);
  });

  test("fails a frame with a wrong or an unknown member, or of an unknown type", () => {
    const frame = { version: 2, index: 0, at: 1, actor: "mia", type: "room.paused" };
    checkFrame(frame);
    checkFrame({ type: "activity.ended", agent: "coder", turnId: "t" });
    expect(() => checkFrame({ ...frame, reason: 7 })).toThrow(/not as documented/);
    expect(() => checkFrame({ ...frame, secret: "x" })).toThrow(/not documented/);
    expect(() => checkFrame({ ...frame, type: "room.vanished" })).toThrow(/not as documented/);
    expect(() => checkFrame({ ...frame, actor: undefined })).toThrow(/not as documented/);
  });
});
