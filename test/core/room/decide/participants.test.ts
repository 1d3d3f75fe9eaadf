import { describe, expect, test } from "vitest";
import type { CommandOf, NewAgent } from "../../../../src/core/room/command.js";
import type { PersonRole } from "../../../../src/core/room/event.js";
import { LIMITS } from "../../../../src/core/room/limits.js";
import { given, nowMs } from "../../../support/given.js";
import { agent, invited, person, posted, roomOf, turnEnded } from "../../../support/room-builder.js";
import { admin, by } from "../../../support/room-commands.js";
import { sha256 } from "../../../support/sha256.js";

const join = (name: string, fields: Partial<CommandOf<"person.join">> = {}): CommandOf<"person.join"> => ({
  type: "person.join",
  inviteHash: sha256("i1"),
  name,
  ...fields,
});

const leave = (name: string, actor = by(name)): CommandOf<"person.remove"> => ({
  type: "person.remove",
  by: actor,
  name,
});

const invite = (
  name: string,
  fields: Partial<CommandOf<"invite.create">["invite"]> = {},
): CommandOf<"invite.create"> => ({
  type: "invite.create",
  by: by(name),
  invite: { inviteId: "i9", hash: sha256("i9"), role: "member", expiresAtMs: nowMs + 1_000, maxUses: 1, ...fields },
});

const open = given(roomOf(["coder"]), invited("i1", { role: "approver" }));

describe("joining with an invite", () => {
  test("lets a person in under their name, with the invite's role", () => {
    const { room } = open
      .when(join("Zoe", { displayName: "Zoé Martin" }))
      .then(
        { type: "invite.used", inviteId: "i1", name: "zoe" },
        { type: "participant.joined", name: "zoe", displayName: "Zoé Martin", kind: "human", role: "approver" },
      );
    expect(room.participants.get("zoe")).toMatchObject({ role: "approver", joinedVersion: room.version });
  });

  test("shows the typed name if there is no display name", () => {
    open.when(join("Zoe")).then({ type: "invite.used" }, { type: "participant.joined", displayName: "Zoe" });
    open
      .when(join("zoe", { displayName: "  " }))
      .then({ type: "invite.used" }, { type: "participant.joined", displayName: "zoe" });
  });

  test("uses the code up", () => {
    open.when(join("zoe"), join("bob")).thenRejected("invite_invalid");
  });

  test("a code with several uses admits exactly that many people", () => {
    const twice = given(roomOf(), invited("i1", { maxUses: 2 }));
    twice.when(join("zoe"), join("bob")).then({ type: "invite.used" }, { type: "participant.joined" });
    twice.when(join("zoe"), join("bob"), join("eve")).thenRejected("invite_invalid");
  });

  test("a refused name does not use the code up", () => {
    open.when(join("coder")).thenRejected("name_taken");
    open.when(join("zoe")).then({ type: "invite.used" }, { type: "participant.joined" });
  });

  test("a code that is wrong, expired or revoked gives one and the same refusal", () => {
    const expiring = given(roomOf(), invited("i1", { expiresAtMs: nowMs + 1 }));
    expiring.when(join("zoe")).then({ type: "invite.used" }, { type: "participant.joined" });
    const expired = expiring
      .at(nowMs + 1)
      .when(join("zoe"))
      .thenRejected("invite_invalid");
    const wrong = open.when(join("zoe", { inviteHash: sha256("other") })).thenRejected("invite_invalid");
    const revoked = open
      .when({ type: "invite.revoke", by: by("ann"), inviteId: "i1" }, join("zoe"))
      .thenRejected("invite_invalid");
    expect(new Set([expired, wrong, revoked].map(({ decision }) => JSON.stringify(decision))).size).toBe(1);
  });

  test.each([[""], ["0"], [sha256("i1").slice(1)], [`${sha256("i1")}0`]])(
    "the hash “%s” opens nothing",
    (inviteHash) => {
      open.when(join("zoe", { inviteHash })).thenRejected("invite_invalid");
    },
  );

  test.each([
    ["coder", "coder-2"],
    ["mia", "mia-2"],
    ["MIA", "mia-2"],
  ])("the name %s is somebody's: %s is suggested", (name, suggestion) => {
    open.when(join(name)).thenRejected("name_taken", { suggestion });
  });

  test("a name is not free because its owner left", () => {
    open.when(leave("tom"), join("tom")).thenRejected("name_taken", { suggestion: "tom-2" });
  });

  test("the suggestion is free", () => {
    open.and(person("mia-2")).when(join("mia")).thenRejected("name_taken", { suggestion: "mia-3" });
  });

  test.each([["owner"], ["parley"], ["@mia"], ["mia tom"], [""], ["Кира"]])("rejects “%s” as a name", (name) => {
    open.when(join(name)).thenRejected("invalid", { issues: [{ path: ["name"] }] });
  });

  test("a display name has a limit", () => {
    open
      .when(join("zoe", { displayName: "x".repeat(48) }))
      .then({ type: "invite.used" }, { type: "participant.joined" });
    open
      .when(join("zoe", { displayName: "x".repeat(49) }))
      .thenRejected("invalid", { issues: [{ path: ["displayName"] }] });
  });

  test("a room has a limit, those who left included", () => {
    const people = Array.from({ length: LIMITS.maxParticipants - 5 }, (_, n) => person(`p${n}`));
    const full = given(roomOf(), people, invited("i1"));
    full.when(join("zoe")).then({ type: "invite.used" }, { type: "participant.joined" });
    full.when(leave("p0")).scene.and(person("last")).when(join("zoe")).thenRejected("limit_reached");
  });
});

describe("coming back", () => {
  const left = given(roomOf())
    .when(leave("tom"))
    .scene.and(invited("back", { forName: "tom" }));

  test("a re-entry code from before the person left is worthless", () => {
    given(roomOf(), invited("back", { forName: "tom" }))
      .when(leave("tom"))
      .then({ type: "invite.revoked", inviteId: "back" }, { type: "participant.left", name: "tom" });
  });

  test("a re-entry code brings a person back under the same name; earlier tokens stay void", () => {
    const { room } = left
      .when(join("tom", { inviteHash: sha256("back") }))
      .then({ type: "invite.used" }, { type: "participant.joined", name: "tom", returns: true });
    expect(room.participants.get("tom")).toMatchObject({ joinedVersion: room.version });
    expect(room.participants.get("tom")).not.toHaveProperty("leftVersion");
  });

  test("refuses other people", () => {
    left.when(join("zoe", { inviteHash: sha256("back") })).thenRejected("invalid", { issues: [{ path: ["name"] }] });
  });

  test("only an owner makes one, for a person who was here before", () => {
    left.when(invite("mia", { forName: "tom" })).then({ type: "invite.created", forName: "tom" });
    left.when(invite("ann", { forName: "tom" })).thenRejected("forbidden");
    left.when(invite("ann", { forName: "mia" })).thenRejected("forbidden");
    left.when(invite("mia", { forName: "zoe" })).thenRejected("participant_not_found");
    open.when(invite("mia", { forName: "coder" })).thenRejected("participant_not_found");
  });
});

describe("inviting", () => {
  test.each<[string, PersonRole, boolean]>([
    ["mia", "owner", true],
    ["ann", "approver", true],
    ["ann", "viewer", true],
    ["ann", "owner", false],
    ["tom", "viewer", false],
    ["vic", "viewer", false],
  ])("%s invites somebody as %s: %s", (name, role, allowed) => {
    const outcome = open.when(invite(name, { role }));
    if (allowed) outcome.then({ type: "invite.created", role });
    else outcome.thenRejected("forbidden");
  });

  test("limits usable codes; expired ones make room", () => {
    const many = Array.from({ length: LIMITS.maxOpenInvites }, (_, n) => invited(`m${n}`, { expiresAtMs: nowMs + 5 }));
    const full = given(roomOf(), many);
    full.when(invite("mia")).thenRejected("limit_reached");
    full.when({ type: "invite.revoke", by: by("mia"), inviteId: "m3" }, invite("mia")).then({ type: "invite.created" });
    const { room } = full
      .at(nowMs + 5)
      .when(invite("mia", { expiresAtMs: nowMs + 9 }))
      .then({ type: "invite.created" });
    expect([...room.invites.keys()]).toEqual(["i9"]);
  });

  test("a code can be revoked once", () => {
    const revoke = { type: "invite.revoke" as const, by: by("ann"), inviteId: "i1" };
    open.when(revoke).then({ type: "invite.revoked", inviteId: "i1" });
    open.when(revoke, revoke).thenRejected("invite_not_found");
  });
});

describe("people leave", () => {
  test("by themselves, or removed by an owner", () => {
    open.when(leave("tom")).then({ type: "participant.left", name: "tom" });
    open.when(leave("tom", by("mia"))).then({ type: "participant.left", name: "tom", reason: "removed by mia" });
    open.when(leave("tom", by("ann"))).thenRejected("forbidden");
    open.when(leave("tom"), leave("tom")).thenRejected("participant_not_found");
    open.when(leave("coder", by("mia"))).thenRejected("participant_not_found");
  });

  test("the last owner stays", () => {
    open.when(leave("mia")).thenRejected("limit_reached");
    open.when(leave("mia", admin)).thenRejected("limit_reached");
    open.and(person("zoe", "owner")).when(leave("mia")).then({ type: "participant.left", name: "mia" });
  });
});

describe("adding agents", () => {
  const add = (name: string, fields: Partial<NewAgent> = {}): CommandOf<"agent.add"> => ({
    type: "agent.add",
    by: by("ann"),
    agent: { name, role: "coder", runtime: "scripted", ...fields },
  });

  test("keeps the agent's settings", () => {
    const fields = { displayName: "Zed", prompt: "be brief", gate: "always" as const, model: "m" };
    open.when(add("zed", fields)).then({ type: "participant.joined", name: "zed", kind: "agent", ...fields });
  });

  test.each([
    ["coder", "coder-2"],
    ["tom", "tom-2"],
  ])("the name %s is taken: %s is free", (name, suggestion) => {
    open.when(add(name)).thenRejected("name_taken", { suggestion });
  });

  test.each([["Zed"], ["room"], ["a b"], ["-a"], ["a".repeat(33)]])("rejects “%s” as a name", (name) => {
    open.when(add(name)).thenRejected("invalid", { issues: [{ path: ["name"] }] });
  });

  test("a display name has a limit", () => {
    open
      .when(add("zed", { displayName: "x".repeat(49) }))
      .thenRejected("invalid", { issues: [{ path: ["displayName"] }] });
  });

  test("an agent's name may return as an agent, not as a person, and a person's never as an agent", () => {
    const without = open.and({ type: "participant.left", name: "coder" }, { type: "participant.left", name: "tom" });
    const { room } = without.when(add("coder")).then({ type: "participant.joined", name: "coder" });
    expect(room.agents).toEqual(["coder"]);
    without.when(join("coder")).thenRejected("name_taken");
    without.when(add("tom")).thenRejected("name_taken");
  });

  test("a returning agent needs no place of its own in a full room", () => {
    const people = Array.from({ length: LIMITS.maxParticipants - 5 }, (_, n) => person(`p${n}`));
    const full = open.and(...people).and({ type: "participant.left", name: "coder" });
    full.when(add("zed")).thenRejected("limit_reached");
    full.when(add("coder")).then({ type: "participant.joined" });
  });

  test("what an agent is may be changed while it works", () => {
    const configure = { type: "agent.configure" as const, by: by("ann"), name: "coder" };
    const { room } = open
      .when({ ...configure, gate: "always", model: "m2" })
      .then({ type: "participant.configured", name: "coder", gate: "always", model: "m2" });
    expect(room.participants.get("coder")).toMatchObject({ gate: "always", model: "m2" });
    open.when(configure).then();
    open.when({ ...configure, name: "tom", gate: "never" }).thenRejected("participant_not_found");
    open
      .and(agent("zed"))
      .when({ ...configure, name: "zod" })
      .thenRejected("participant_not_found");
  });
});

describe("the home of an agent", () => {
  const move = { type: "agent.move" as const, by: by("ann"), name: "coder" };
  const start = (node: string) => ({
    type: "turn.start" as const,
    agent: "coder",
    turnId: `t-${node}`,
    node,
    boot: "b",
  });

  test("is the node that starts its first turn, even if another starts a later one", () => {
    const worked = open.and(posted("mia", "room", "work")).when(start("one")).scene;
    expect(worked.room.participants.get("coder")).toMatchObject({ home: "one", turns: 1 });
    const ended = worked.and(turnEnded("coder", "done", { turnId: "t-one" }), posted("mia", "room", "more"));
    expect(ended.when(start("two")).room.participants.get("coder")).toMatchObject({ home: "one", turns: 2 });
  });

  test("is left by moving: its turn is lost, its messages wait again, and it starts a new session", () => {
    const worked = open.and(posted("mia", "room", "work")).when(start("one")).scene;
    const { room, scene } = worked
      .when(move)
      .then(
        { type: "turn.ended", outcome: "lost", lostBy: "router" },
        { type: "participant.configured", name: "coder", leavesHome: "one" },
      );
    expect(room.participants.get("coder")).toMatchObject({ turns: 0, movedVersion: room.version });
    expect(room.participants.get("coder")).not.toHaveProperty("home");
    expect(room.participants.get("coder")).toMatchObject({ waiting: [0], retry: { attempt: 1 } });
    expect(scene.when(start("two")).room.participants.get("coder")).toMatchObject({ home: "two", turns: 1 });
  });

  test("cannot be left by an agent without a home, nor by a person who may not manage agents", () => {
    open.when(move).then();
    open.when({ ...move, by: by("tom") }).thenRejected("forbidden");
    open.when({ ...move, name: "zod" }).thenRejected("participant_not_found");
  });
});
