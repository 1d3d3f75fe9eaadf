import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { PortError } from "../../src/ports/port-error.js";
import type { Workspaces } from "../../src/ports/workspaces.js";
import { everyAgentsWork } from "../support/every-agents-work.js";
import { agentSays, createApi, makeRoom, type TestRoom } from "./support/api.js";

const looks = ["tree", "file?path=README.md", "status", "diff", "diff?against=reviewer", "archive"];
const people = ["owner", "approver", "member", "viewer"] as const;

async function roomWith(policy: object = {}, workspaces: Workspaces = everyAgentsWork()) {
  const api = await createApi({ workspaces, cutSecrets: (text) => text.replaceAll("canary", "[removed]") });
  const room = await makeRoom(api, { policy });
  const look = (
    what: string,
    { as = "member", agent = "coder" }: { as?: (typeof people)[number]; agent?: string } = {},
  ) => api.call("GET", `${room.path}/agents/${agent}/workspace/${what}`, { token: room[as] });
  return { api, room, look };
}

async function statusesOf({ look }: Pick<Awaited<ReturnType<typeof roomWith>>, "look">) {
  const found: Record<string, number[]> = {};
  for (const as of people)
    found[as] = [...new Set(await Promise.all(looks.map(async (what) => (await look(what, { as })).status)))];
  return found;
}

describe("the work folder of an agent", () => {
  test("is listed, read, compared and downloaded", async () => {
    const { look } = await roomWith();
    expect((await look("tree")).json).toEqual({
      path: "",
      entries: [
        { name: "README.md", kind: "file", size: 8 },
        { name: "src", kind: "folder" },
        { name: "way-out", kind: "link" },
      ],
      hasMore: false,
    });
    expect((await look("tree?entries=1&afterName=README.md")).json).toMatchObject({
      entries: [{ name: "src" }],
      hasMore: true,
    });
    expect((await look("file?path=README.md")).json).toEqual({
      path: "README.md",
      size: 8,
      text: "# hello\n",
      isCut: false,
    });
    expect((await look("file?path=README.md&maxBytes=3")).json).toMatchObject({ text: "# h", isCut: true });
    expect((await look("status")).json).toMatchObject({
      isRepository: true,
      changes: [{ path: "README.md", change: "modified" }],
    });
    expect((await look("diff")).json.text).toContain("+# hello");
  });

  test("is downloaded as an attachment that no browser shows", async () => {
    const { api, room } = await roomWith();
    const response = await api.send("GET", `${room.path}/agents/coder/workspace/archive`, { token: room.member });
    expect(response.headers.get("Content-Type")).toBe("application/x-tar");
    expect(response.headers.get("Content-Disposition")).toBe(`attachment; filename="${room.roomId}-coder.tar"`);
    expect(response.headers.get("X-Content-Type-Options")).toBe("nosniff");
    const input = Buffer.from(await response.arrayBuffer());
    expect(spawnSync("tar", ["-xOf", "-", "src/a.ts"], { input }).stdout.toString()).toBe("export const a = 1;\n");
  });

  test("is for members and up", async () => {
    expect(await statusesOf(await roomWith())).toEqual({ owner: [200], approver: [200], member: [200], viewer: [403] });
  });

  test("of a gated agent is for those who decide, while it works and until no gate of it is open", async () => {
    const open = { owner: [200], approver: [200], member: [200], viewer: [403] };
    const held = { ...open, member: [403] };
    const world = await roomWith({ gate: "always" });
    const { api, room } = world;
    expect(await statusesOf(world)).toEqual(open);
    await agentSays(api, room.roomId, { text: "I begin." });
    expect(await statusesOf(world)).toEqual(held);
    await agentSays(api, room.roomId, { text: "@room done" });
    await endTurn(world.api, room);
    expect(await statusesOf(world)).toEqual(held);
    const { gates } = (await api.call("GET", `${room.path}/gates`, { token: room.owner })).json;
    const body = { action: "approve", hash: gates[0].hash };
    await api.call("POST", `${room.path}/gates/${gates[0].gateId}/decision`, { token: room.owner, body });
    expect(await statusesOf(world)).toEqual(open);
  });

  test("of another agent that is held is not shown by a comparison", async () => {
    const { api, room, look } = await roomWith({ gate: "always" });
    await agentSays(api, room.roomId, { agent: "reviewer", text: "I begin." });
    expect((await look("diff")).status).toBe(200);
    expect((await look("diff?against=reviewer")).status).toBe(403);
  });

  test("answers in words where there is nothing, where it refuses, and where it is away", async () => {
    const { look } = await roomWith();
    expect((await look("file?path=none")).json).toMatchObject({ status: 404, code: "work_not_found" });
    expect((await look("tree", { agent: "nobody" })).json).toMatchObject({ code: "participant_not_found" });
    expect((await look("file?path=way-out")).json).toMatchObject({ status: 409, code: "work_refused" });
    expect((await look("tree?path=../x")).json).toMatchObject({ status: 409, code: "work_refused" });
    expect((await look("file")).status).toBe(422);
    const without = await roomWith(
      {},
      everyAgentsWork(() => undefined),
    );
    for (const what of looks) expect((await without.look(what)).status).toBe(404);
    const gone = () =>
      Promise.reject(new PortError("Docker does not answer.", { code: "unavailable", retryable: true }));
    const away = await roomWith({}, { list: gone, read: gone, status: gone, diff: gone, archive: gone });
    for (const what of looks)
      expect((await away.look(what)).json).toMatchObject({
        status: 503,
        code: "work_away",
        detail: "Docker does not answer.",
      });
  });

  test("shows no secret in names, texts and diffs", async () => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    const diffs = new Map([["a", "+++ b/a\n+the canary\n"]]);
    const files = new Map([
      ["a", bytes("the canary sings\n")],
      ["canary.txt", bytes("")],
    ]);
    const folder = { files, git: { changes: [{ path: "canary.txt", change: "untracked" as const }], diffs } };
    const { look } = await roomWith(
      {},
      everyAgentsWork(() => folder),
    );
    for (const what of ["tree", "file?path=a", "status", "diff", "diff?against=reviewer"])
      expect((await look(what)).text).not.toContain("canary");
    expect((await look("file?path=a")).json.text).toBe("the [removed] sings\n");
  });

  test("is compared with another agent's, file by file", async () => {
    const folder = (text: string) => ({
      files: new Map([["a", new TextEncoder().encode(text)]]),
      git: { changes: [], diffs: new Map([["a", "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\n+y\n"]]) },
    });
    const { look } = await roomWith(
      {},
      everyAgentsWork((name) => folder(name === "coder" ? "one\n" : "two\n")),
    );
    expect((await look("diff?against=reviewer")).json.text).toBe(
      "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,1 +1,1 @@\n-one\n+two\n",
    );
  });
});

async function endTurn(api: Awaited<ReturnType<typeof createApi>>, room: TestRoom): Promise<void> {
  const turnId = await api.rooms.peek(room.roomId, ({ participants }) => {
    const agent = participants.get("coder");
    return agent?.kind === "agent" ? agent.turn?.turnId : undefined;
  });
  await api.rooms.execute(room.roomId, { type: "turn.end", agent: "coder", turnId: turnId ?? "", outcome: "done" });
}
