import { expect, test } from "vitest";
import { createMemoryBlobs } from "../../../adapters/memory/blobs.js";
import type { CreateRoom } from "../../../src/core/room/command.js";
import { gateHash, type HashedGate } from "../../../src/core/room/gate.js";
import { presentAgent } from "../../../src/core/room/room.js";
import type { PushedChange, RefUpdate } from "../../../src/ports/repositories.js";
import { sha256 } from "../../../src/runtime/node/runtime.js";
import { createAllowedPushes } from "../../../src/runtime/sandbox/allowed-pushes.js";
import { createAskForPush, pushTool } from "../../../src/runtime/sandbox/push-permission.js";
import { createRouterFixture, fixtureRoomId } from "../../support/runtime-fixture.js";

const repository = { host: "github.com", owner: "acme", name: "widgets" };
const update = (after: string, branch = "parley/coder/x"): RefUpdate => ({
  ref: `refs/heads/${branch}`,
  before: undefined,
  after,
});
const annsInvite = {
  inviteId: "i1",
  hash: sha256("i1"),
  role: "approver",
  expiresAtMs: 9e15,
  maxUses: 5,
} as const;
const agent = { roomId: fixtureRoomId, name: "coder" };

/** A coder in the middle of a turn that lasts until it is ended. */
async function inTurn(room: Partial<CreateRoom> = {}) {
  let endTurn = () => {};
  const router = await createRouterFixture({
    agents: { coder: () => new Promise<void>((resolve) => (endTurn = resolve)) },
    gates: { coder: "always" },
    room,
  });
  await router.say("@coder go");
  const blobs = createMemoryBlobs();
  const askForPush = createAskForPush({ rooms: router.runtime.rooms, clock: router.clock, sha256, content: { blobs } });
  const leave = new AbortController();
  /** Asks, and returns the state of the answer so far. */
  const push = async (updates: readonly RefUpdate[], signal = leave.signal, changes: readonly PushedChange[] = []) => {
    const seen: { answer?: string | undefined; isThere: boolean } = { isThere: false };
    void askForPush(agent, { repository, updates, signal, look: async () => changes }).then((answer) =>
      Object.assign(seen, { answer, isThere: true }),
    );
    await router.settle();
    return seen;
  };
  const gates = () => router.eventsOf("gate.opened");
  return { router, askForPush, blobs, push, gates, leave, endTurn: () => endTurn() };
}

test("a push is a tool gate that shows repository and branches, and continues when it is allowed", async () => {
  const { router, push, gates } = await inTurn();
  const pushed = await push([
    update("a".repeat(40)),
    { ref: "refs/heads/parley/coder/old", before: "b".repeat(40), after: undefined },
  ]);
  const [gate] = await gates();
  expect(gate).toMatchObject({ kind: "tool", tool: "git push", why: "coder wants to use git push" });
  expect(JSON.parse(gate?.body ?? "")).toEqual({
    repository: "https://github.com/acme/widgets",
    updates: [
      { branch: "parley/coder/x", after: "a".repeat(40) },
      { branch: "parley/coder/old", before: "b".repeat(40), deleted: true },
    ],
  });
  await router.pass(5_000);
  expect(pushed.isThere).toBe(false);
  await router.decide(gate!, { action: "allow" });
  await router.pass(1_000);
  expect(pushed).toEqual({ isThere: true, answer: undefined });
});

test("a refusal reaches the agent with its reason, on one line", async () => {
  const { router, push, gates } = await inTurn();
  const pushed = await push([update("a".repeat(40))]);
  await router.decide((await gates())[0]!, { action: "deny", reason: "not\nyet" });
  await router.pass(1_000);
  expect(pushed.answer).toBe("mia did not allow this push: not yet");
});

test("the same push again, after a command that timed out, is the same gate; another one is another", async () => {
  const { router, push, gates, leave } = await inTurn();
  const first = await push([update("a".repeat(40))]);
  leave.abort();
  await router.pass(1_000);
  expect(first.answer).toMatch(/^nobody has decided/);
  const [gate] = await gates();
  await router.decide(gate!, { action: "allow" });
  const open = new AbortController().signal;
  const again = await push([update("a".repeat(40))], open);
  expect(again).toEqual({ isThere: true, answer: undefined });
  const other = await push([update("c".repeat(40))], open);
  expect(await gates()).toHaveLength(2);
  expect(other.isThere).toBe(false);
});

test("a permission for the session is not asked again; an edited push is refused", async () => {
  const { router, push, gates } = await inTurn();
  const changed = await push([update("a".repeat(40))]);
  await router.decide((await gates())[0]!, { action: "allow", body: '{"repository":"other"}' });
  await router.pass(1_000);
  expect(changed.answer).toMatch(/^mia allowed another push than this one/);
  const kept = await push([update("b".repeat(40))]);
  const [, gate] = await gates();
  await router.decide(gate!, { action: "allow", remember: "session", body: gate!.body });
  await router.pass(1_000);
  expect(kept).toEqual({ isThere: true, answer: undefined });
  expect(await push([update("c".repeat(40))])).toEqual({ isThere: true, answer: undefined });
  expect(await gates()).toHaveLength(2);
});

test("without a turn no person is asked, and a push that is open at its end is refused", async () => {
  const { router, push, gates, endTurn } = await inTurn();
  const pushed = await push([update("a".repeat(40))]);
  endTurn();
  await router.pass(2_000);
  expect(pushed.answer).toMatch(/^nobody has decided/);
  expect((await router.eventsOf("gate.resolved")).map(({ outcome }) => outcome)).toEqual(["withdrawn"]);
  expect((await push([update("a".repeat(40))])).answer).toMatch(/only while you are in a turn/);
  expect(await gates()).toHaveLength(1);
});

test("a person's permission for the session ends when the person has left", async () => {
  const { router, push, gates } = await inTurn({ invites: [annsInvite] });
  await router.execute({ type: "person.join", inviteHash: annsInvite.hash, name: "ann" });
  await push([update("a".repeat(40))]);
  const [gate] = await gates();
  await router.decide(gate!, { action: "allow", by: { kind: "person", name: "ann" }, remember: "session" });
  await router.pass(1_000);
  expect(await push([update("b".repeat(40))])).toEqual({ isThere: true, answer: undefined });
  await router.execute({ type: "person.remove", by: { kind: "person", name: "mia" }, name: "ann" });
  expect((await push([update("c".repeat(40))])).isThere).toBe(false);
  expect(await gates()).toHaveLength(2);
});

test("an agent that joins under the name of a removed one inherits no permission", async () => {
  const { router, push, gates } = await inTurn();
  await push([update("a".repeat(40))]);
  const [gate] = await gates();
  await router.decide(gate!, { action: "allow", remember: "session" });
  await router.pass(1_000);
  expect((await push([update("b".repeat(40))])).isThere).toBe(true);
  const by = { kind: "person", name: "mia" } as const;
  await router.execute({ type: "agent.remove", by, name: "coder" });
  const namesake = { name: "coder", role: "agent", runtime: "function", gate: "always" } as const;
  await router.execute({ type: "agent.add", by, agent: namesake });
  await router.say("@coder go");
  // Not even where that person trusts it with another tool.
  const turnId = await router.look((room) => presentAgent(room, "coder")?.turn?.turnId ?? "");
  const tool = { askKind: "tool", title: "Bash", body: '{"command":"ls"}' } as const;
  await router.execute({ type: "turn.ask", agent: "coder", turnId, requestId: "r1", ...tool });
  await router.decide((await gates()).at(-1)!, { action: "allow", remember: "session" });
  expect((await push([update("b".repeat(40))])).isThere).toBe(false);
  expect(await gates()).toHaveLength(3);
});

test("a deletion is asked about although pushes are allowed for the session", async () => {
  const { router, push, gates } = await inTurn();
  await push([update("a".repeat(40))]);
  await router.decide((await gates())[0]!, { action: "allow", remember: "session" });
  await router.pass(1_000);
  expect((await push([update("b".repeat(40))])).isThere).toBe(true);
  const deletion = { ref: "refs/heads/parley/coder/x", before: "b".repeat(40), after: undefined };
  expect((await push([update("c".repeat(40)), deletion])).isThere).toBe(false);
  expect(await gates()).toHaveLength(2);
  expect((await push([update("d".repeat(40))])).isThere).toBe(true);
});

test("what a person allowed is known by branch, also to a process that starts later; what was denied or still waits is not", async () => {
  const { router, push, gates } = await inTurn();
  const { rooms } = router.runtime;
  const allowedPushes = createAllowedPushes({ rooms, tool: pushTool });
  const refs = ["x", "y", "z"].map((name) => `refs/heads/parley/coder/${name}`);
  expect(await allowedPushes.in(fixtureRoomId, refs)).toEqual(new Map());
  await push([update("a".repeat(40)), update("b".repeat(40), "parley/coder/y")]);
  const decide = async (action: "allow" | "deny") => {
    await router.decide((await gates()).at(-1)!, { action });
    await router.pass(1_000);
  };
  expect((await allowedPushes.in(fixtureRoomId, refs)).size).toBe(0);
  await decide("allow");
  const wanted = new Map([
    [refs[0], { commit: "a".repeat(40), by: "mia" }],
    [refs[1], { commit: "b".repeat(40), by: "mia" }],
  ]);
  expect(await allowedPushes.in(fixtureRoomId, refs)).toEqual(wanted);
  await push([update("c".repeat(40), "parley/coder/z")]);
  await decide("deny");
  expect(await allowedPushes.in(fixtureRoomId, refs)).toEqual(wanted);
  await push([update("d".repeat(40))]);
  await decide("allow");
  const later = createAllowedPushes({ rooms, tool: pushTool });
  expect((await later.in(fixtureRoomId, refs)).get(refs[0] ?? "")).toEqual({ commit: "d".repeat(40), by: "mia" });
  expect(await allowedPushes.in(fixtureRoomId, refs)).toEqual(await later.in(fixtureRoomId, refs));
});

test("a push's gate shows commits, files and a stored diff without secrets, and its hash covers them", async () => {
  const { router, push, gates, blobs } = await inTurn();
  const token = `ghp_${"a1".repeat(20)}`;
  const change: PushedChange = {
    base: "b".repeat(40),
    commits: Array.from({ length: 50 }, (_, at) => ({
      id: `${at}`.padStart(40, "0"),
      author: "kit",
      subject: "Add\u202e",
    })),
    moreCommits: 2,
    files: [{ path: `src/${token}.txt`, added: 1, removed: 0 }, { path: "b.bin" }],
    moreFiles: 0,
    diff: { text: `+const token = "${token}";\n`, isCut: false },
  };
  const pushed = await push([update("a".repeat(40))], undefined, [change]);
  const [gate] = await gates();
  const [ref] = gate?.content?.push?.refs ?? [];
  expect(ref).toMatchObject({
    ref: "refs/heads/parley/coder/x",
    from: null,
    to: "a".repeat(40),
    base: "b".repeat(40),
    moreCommits: 12,
    files: [{ path: "src/[removed].txt", added: 1, removed: 0 }, { path: "b.bin" }],
  });
  expect(ref?.commits).toHaveLength(40);
  expect(ref?.commits?.[0]?.subject).not.toContain("\u202e");
  const stored: Uint8Array[] = [];
  for await (const piece of (await blobs.open(ref?.diff?.sha256 ?? "")) ?? []) stored.push(piece);
  expect(Buffer.concat(stored).toString()).toBe('+const token = "[removed]";\n');
  expect(JSON.stringify(gate)).not.toContain(token);
  expect(gate?.hash).toBe(gateHash(gate as HashedGate, sha256));
  expect(gateHash({ ...(gate as HashedGate), content: undefined }, sha256)).not.toBe(gate?.hash);
  await router.decide(gate!, { action: "allow" });
  await router.pass(1_000);
  expect(pushed).toEqual({ isThere: true, answer: undefined });
});
