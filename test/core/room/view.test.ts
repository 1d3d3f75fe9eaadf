import { describe, expect, test } from "vitest";
import type { PersonRole } from "../../../src/core/room/event.js";
import type { GatePolicy } from "../../../src/core/room/policy.js";
import { maySeeHeld } from "../../../src/core/room/rights.js";
import {
  audienceOf,
  deliveryOf,
  gateView,
  mayWatchWork,
  participantViews,
  publicEvent,
  servedEvent,
} from "../../../src/core/room/view.js";
import { given, type Scene } from "../../support/given.js";
import {
  agent,
  asked,
  bounced,
  created,
  held,
  invited,
  opened,
  person,
  posted,
  roomOf,
  turnEnded,
  turnStarted,
} from "../../support/room-builder.js";
import { by, lose, resolve } from "../../support/room-commands.js";

const roles: PersonRole[] = ["viewer", "member", "approver", "owner"];

describe("who is in the room", () => {
  const scene = given([
    created(),
    person("mia", "owner", { displayName: "Mia" }),
    person("tom"),
    agent("coder"),
    agent("reviewer"),
  ])
    .and(posted("mia", "room", "a"), posted("mia", "room", "b"))
    .and(turnStarted("coder", ["a"]))
    .and({ type: "participant.left", name: "tom" });
  const views = (scene: Scene, online = (_: string) => true) =>
    Object.fromEntries(participantViews(scene.room, online).map((view) => [view.name, view]));

  test("former participants are not", () => {
    expect(Object.keys(views(scene))).toEqual(["mia", "coder", "reviewer"]);
  });

  test("an agent works since its turn started, waits while a person is asked, is idle otherwise", () => {
    const startedAtMs = scene.log[2]?.at;
    expect(views(scene).coder).toMatchObject({ kind: "agent", status: "working", unread: 1, sinceMs: startedAtMs });
    expect(views(scene).reviewer).toMatchObject({ status: "idle", unread: 2 });
    const asking = scene.and(asked("coder", "r1", { turnId: "t1" }));
    expect(views(asking).coder).toMatchObject({ status: "waiting" });
    expect(views(asking.when(resolve("mia", "a-r1", "deny")).scene).coder).toMatchObject({ status: "working" });
    expect(views(scene.and(turnEnded("coder"))).coder).toMatchObject({ status: "idle" });
  });

  test("a participant without a connection is offline", () => {
    const seen = views(scene, (name) => name === "coder");
    expect(seen.mia).toEqual({ name: "mia", displayName: "Mia", kind: "human", role: "owner", status: "offline" });
    expect([seen.coder?.status, seen.reviewer?.status]).toEqual(["working", "offline"]);
  });
});

describe("a gate", () => {
  const gate = held("coder", "the secret", { gateId: "g1", to: ["mia"], expiresAtMs: 7 });
  const seenBy = (role: PersonRole, askIn: "thread" | "approvers" = "thread", event = gate) => {
    const { room } = given(roomOf(["coder"], { askIn }), event);
    const open = room.gates.get(event.gateId);
    if (!open) throw new Error("it is not open");
    return gateView(open, maySeeHeld(room, role) ? event : undefined);
  };

  test.each<[PersonRole, "thread" | "approvers", boolean]>([
    ["viewer", "thread", false],
    ["member", "thread", true],
    ["approver", "thread", true],
    ["owner", "thread", true],
    ["viewer", "approvers", false],
    ["member", "approvers", false],
    ["approver", "approvers", true],
    ["owner", "approvers", true],
  ])("a %s sees the held text if the room asks in %s: %s", (role, askIn, sees) => {
    const view = seenBy(role, askIn);
    expect(view).toMatchObject({ gateId: gate.gateId, kind: "message", from: "coder", expiresAt: 7 });
    expect(JSON.stringify(view).includes("the secret")).toBe(sees);
    if (sees) expect(view).toMatchObject({ body: "the secret", to: ["mia"], hash: gate.hash });
    else expect(Object.keys(view).sort()).toEqual(["expiresAt", "from", "gateId", "kind", "openedAt"]);
    const { room } = given(roomOf([], { askIn }));
    expect(audienceOf(room, role)).toBe(sees ? "all" : "public");
  });

  test("shows options and the tool where it has them", () => {
    const tool = opened({
      gateId: "g",
      kind: "tool",
      from: "coder",
      body: "{}",
      tool: "Bash",
      options: [{ label: "a" }],
    });
    expect(seenBy("owner", "thread", tool)).toMatchObject({ tool: "Bash", options: [{ label: "a" }] });
    expect(seenBy("viewer", "thread", tool)).not.toHaveProperty("tool");
  });
});

describe("an event for those who may not see held text", () => {
  const secret = "the secret";
  test.each([
    [
      "a gate that opens",
      {
        ...held("coder", secret, { gateId: "g1", to: ["mia"] }),
        why: secret,
        tool: secret,
        options: [{ label: secret }],
      },
    ],
    [
      "a gate that is resolved",
      {
        type: "gate.resolved" as const,
        gateId: "g",
        kind: "message" as const,
        outcome: "edited" as const,
        by: "ann",
        body: secret,
        answers: { q: secret },
        reason: secret,
      },
    ],
    ["a bounce", bounced("coder", "b", { detail: secret })],
    ["an agent that joins", agent("coder", { prompt: secret, script: [{ reply: secret }] })],
  ])("%s says that it is, not what it holds", (_, event) => {
    expect(JSON.stringify(event)).toContain(secret);
    const shown = publicEvent(event);
    expect(shown.type).toBe(event.type);
    expect(JSON.stringify(shown)).not.toContain(secret);
  });

  test("a hash is not shown where it would give a short text away", () => {
    const gate = { ...held("coder", "yes"), fingerprint: "of what is asked" };
    for (const print of [gate.hash, gate.fingerprint]) expect(JSON.stringify(publicEvent(gate))).not.toContain(print);
  });

  test("other events are unchanged", () => {
    const message = posted("mia", "room", "hi");
    expect(publicEvent(message)).toBe(message);
  });
});

describe("an event for anybody", () => {
  test("has no invite hash and no trace of an idempotency key", () => {
    expect(servedEvent(invited("i1"))).toEqual({ ...invited("i1"), hash: "" });
    const message = posted("mia", "room", "hi");
    expect(servedEvent({ ...message, key: { hash: "h", fingerprint: "f" } })).toEqual(message);
    expect(servedEvent(message)).toBe(message);
  });
});

describe("an agent's work", () => {
  const watchers = (scene: Scene, name = "coder") => roles.filter((role) => mayWatchWork(scene.room, name, role));
  const gated = (gate: GatePolicy) => given(roomOf(), agent("coder", { gate }));

  test("is visible to all readers, unless the agent's messages are held", () => {
    expect(watchers(given(roomOf(["coder"])))).toEqual(roles);
    expect(watchers(gated("never"))).toEqual(roles);
    for (const gate of ["always", "first", { to: ["mia"] }] as const)
      expect(watchers(gated(gate as GatePolicy))).toEqual(["approver", "owner"]);
    expect(watchers(given(roomOf(["coder"], { gate: "always" })))).toEqual(["approver", "owner"]);
  });

  test("is for all after the first approval where only the first is held", () => {
    const scene = gated("first").and(held("coder", "x", { to: ["mia"] }));
    expect(watchers(scene.when(resolve("ann", "g-x", "drop")).scene)).toEqual(["approver", "owner"]);
    expect(watchers(scene.when(resolve("ann", "g-x", "approve")).scene)).toEqual(roles);
  });

  test("stays for those who decide when the agent has left", () => {
    const left = gated("always").when({ type: "agent.remove", by: by("mia"), name: "coder" }).scene;
    expect(watchers(left)).toEqual(["approver", "owner"]);
  });
});

describe("how far a message came", () => {
  const scene = given(roomOf(["coder", "reviewer"])).and(posted("coder", "room", "own"), posted("mia", "room", "all"));
  const of = (scene: Scene, index: number, to: "room" | string[] = "room", from = "mia") =>
    deliveryOf(scene.room, { from, to, version: 2, index });

  test("is shown for each recipient agent, not for its sender and not for people", () => {
    expect(of(scene, 1)).toEqual({ coder: "queued", reviewer: "queued" });
    expect(of(scene, 0, "room", "coder")).toEqual({ reviewer: "queued" });
    expect(of(scene, 1, ["reviewer", "tom"])).toEqual({ reviewer: "queued" });
  });

  test("is queued, delivered in a turn, acknowledged when that came to its end", () => {
    const taken = scene.and(turnStarted("coder", ["all"]));
    expect(of(taken, 1)).toEqual({ coder: "delivered", reviewer: "queued" });
    expect(of(taken.and(turnEnded("coder", "done")), 1)).toEqual({ coder: "acknowledged", reviewer: "queued" });
    expect(of(taken.and(turnEnded("coder", "timed-out")), 1)).toEqual({ coder: "failed", reviewer: "queued" });
    expect(of(taken.and(turnEnded("coder", "failed")), 1)).toEqual({ coder: "failed", reviewer: "queued" });
    expect(of(taken.when(lose("coder")).scene, 1)).toEqual({ coder: "queued", reviewer: "queued" });
  });

  test("may be expired, also for an agent that left", () => {
    const expired = scene.and({ type: "message.expired", messageId: "all", recipients: ["coder"], reason: "ttl" });
    expect(of(expired, 1)).toEqual({ coder: "expired", reviewer: "queued" });
    expect(of(expired, 0, "room", "coder")).toEqual({ reviewer: "queued" });
    const left = scene.when({ type: "agent.remove", by: by("mia"), name: "reviewer" }).scene;
    expect(of(left, 1)).toEqual({ coder: "queued", reviewer: "expired" });
  });

  test("is nothing to those who came later or had left before", () => {
    expect(of(scene.and(agent("zed")), 1)).toEqual({ coder: "queued", reviewer: "queued" });
    const gone = given(roomOf(["coder"]), { type: "participant.left", name: "coder" }, posted("mia", "room", "x"));
    expect(deliveryOf(gone.room, { from: "mia", to: "room", version: 3, index: 0 })).toEqual({});
  });
});
