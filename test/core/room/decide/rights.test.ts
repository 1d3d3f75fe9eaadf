import { describe, expect, test } from "vitest";
import type { NewInvite } from "../../../../src/core/room/new-invite.js";
import type { Actor } from "../../../../src/core/room/rights.js";
import { given, nowMs, type When } from "../../../support/given.js";
import { agent, held, invited, person, posted, roomOf, turnStarted } from "../../../support/room-builder.js";
import { by, post, resolve } from "../../../support/room-commands.js";

const newInvite: NewInvite = { inviteId: "i2", hash: "h", role: "viewer", expiresAtMs: nowMs + 1, maxUses: 1 };

/** Every kind of actor in a room where each command has something to do. */
const actors: Record<string, Actor> = {
  owner: by("mia"),
  approver: by("ann"),
  member: by("tom"),
  viewer: by("vic"),
  stranger: by("eve"),
  "who left": by("gone"),
  agent: { kind: "agent", name: "coder" },
  "person under an agent's name": by("coder"),
  admin: { kind: "admin" },
  parley: { kind: "system" },
};

const room = given(
  [...roomOf(["coder", "reviewer"]), person("gone", "owner"), invited("i1")],
  [{ type: "participant.left", name: "gone" }],
  [posted("mia", ["coder"], "work")],
  [turnStarted("coder", ["work"])],
  [held("coder", "secret")],
);

const commands: Record<string, (by: Actor) => When> = {
  "write a message": (by) => ({ type: "message.post", by, messageId: "x", body: "hello" }),
  "interrupt with a message": (by) => ({ type: "message.post", by, messageId: "x", body: "hello", class: "interrupt" }),
  "preempt with a message": (by) => ({ type: "message.post", by, messageId: "x", body: "hello", class: "preempt" }),
  "shut an agent down": (by) => ({ type: "message.post", by, messageId: "x", body: "hello", class: "shutdown" }),
  "decide a gate": (by) => resolve("", "g-secret", "approve", { by }),
  "pause the room": (by) => ({ type: "room.pause", by }),
  "stop every agent": (by) => ({ type: "room.stop", by }),
  "interrupt an agent": (by) => ({ type: "agent.interrupt", by, name: "coder" }),
  "add an agent": (by) => ({ type: "agent.add", by, agent: { name: "zed", role: "coder", runtime: "scripted" } }),
  "change an agent": (by) => ({ type: "agent.configure", by, name: "coder", gate: "always" }),
  "remove an agent": (by) => ({ type: "agent.remove", by, name: "coder" }),
  "make an invite": (by) => ({ type: "invite.create", by, invite: newInvite }),
  "revoke an invite": (by) => ({ type: "invite.revoke", by, inviteId: "i1" }),
  "change the settings": (by) => ({ type: "room.configure", by, name: "Other" }),
  "change a person's role": (by) => ({ type: "person.role", by, name: "vic2", role: "member" }),
  "remove a person": (by) => ({ type: "person.remove", by, name: "vic2" }),
  "close the room": (by) => ({ type: "room.close", by }),
};

const members = ["owner", "approver", "member", "admin", "parley"];
const approvers = ["owner", "approver", "admin", "parley"];
const owners = ["owner", "admin", "parley"];

const allowed: Record<keyof typeof commands, string[]> = {
  "write a message": members,
  "interrupt with a message": members,
  "preempt with a message": approvers,
  "shut an agent down": approvers,
  "decide a gate": approvers,
  "pause the room": approvers,
  "stop every agent": approvers,
  "interrupt an agent": approvers,
  "add an agent": approvers,
  "change an agent": approvers,
  "remove an agent": approvers,
  "make an invite": approvers,
  "revoke an invite": approvers,
  "change the settings": owners,
  "change a person's role": owners,
  "remove a person": owners,
  "close the room": owners,
};

const table = Object.keys(commands).flatMap((command) =>
  Object.keys(actors).map((actor) => [actor, command, allowed[command]?.includes(actor) ?? false] as const),
);

describe("who may do what", () => {
  const scene = room.and(person("vic2", "viewer"));
  test.each(table)("%s may %s: %s", (actor, command, may) => {
    const by = actors[actor];
    const make = commands[command];
    if (!by || !make) throw new Error("not in the table");
    const outcome = scene.when(make(by));
    if (may) expect(outcome.events.length).toBeGreaterThan(0);
    else outcome.thenRejected("forbidden");
  });

  test("a paused room is resumed by those who may pause it", () => {
    const paused = scene.when({ type: "room.pause", by: by("mia") }).scene;
    paused.when({ type: "room.resume", by: by("tom") }).thenRejected("forbidden");
    paused.when({ type: "room.resume", by: by("ann") }).then({ type: "room.resumed" });
  });

  test("the right depends on the participant's current role", () => {
    const promoted = scene.and({ type: "participant.configured", name: "tom", role: "approver" });
    promoted.when(resolve("tom", "g-secret", "drop")).then({ type: "gate.resolved" }, { type: "message.bounced" });
  });

  test("a participant without any right in the room is told so in a sentence", () => {
    scene
      .when(post("vic", "hello"))
      .thenRejected("forbidden", { detail: expect.stringMatching(/viewer may not write messages/) });
  });
});

describe("settings of a room", () => {
  test("name and policy change; nothing asked for changes nothing", () => {
    const configure = { type: "room.configure" as const, by: by("mia") };
    const changed = room.when({ ...configure, name: "New", policy: { gate: "always" } }).then({
      type: "room.configured",
      name: "New",
      policy: { gate: "always" },
    });
    expect(changed.room).toMatchObject({ name: "New", policy: { gate: "always" } });
    room.when(configure).then();
  });

  test("pausing twice and resuming a running room change nothing", () => {
    const [pause, resume] = [
      { type: "room.pause" as const, by: by("mia") },
      { type: "room.resume" as const, by: by("mia") },
    ];
    room.when(resume).then();
    room.when(pause, pause).then();
    room.when(pause, resume).then({ type: "room.resumed" });
  });

  test("an agent's rights are those of its commands only", () => {
    const scene = room.and(agent("zed"));
    scene
      .when({ type: "message.post", by: { kind: "agent", name: "zed" }, messageId: "x", body: "y" })
      .thenRejected("forbidden");
  });
});
