import { describe, expect, test } from "vitest";
import { RESERVED_NAMES } from "../../../../src/core/grammar/name.js";
import type { CreateRoom, NewAgent } from "../../../../src/core/room/command.js";
import { LIMITS } from "../../../../src/core/room/limits.js";
import { given } from "../../../support/given.js";
import { created, roomOf } from "../../../support/room-builder.js";
import { admin, by, post } from "../../../support/room-commands.js";

const newAgent = (name: string, fields: Partial<NewAgent> = {}): NewAgent => ({
  name,
  role: "coder",
  runtime: "scripted",
  ...fields,
});

const create = (fields: Partial<CreateRoom> = {}): CreateRoom => ({
  type: "room.create",
  by: admin,
  name: "Reports",
  owner: "host",
  agents: [],
  policy: {},
  invites: [],
  ...fields,
});

describe("a room's repository", () => {
  test("is an address without a password, and its branch one Git takes", () => {
    given()
      .when(create({ repo: "https://github.com/acme/widgets", branch: "release/1.0" }))
      .then(
        { type: "room.created", repo: "https://github.com/acme/widgets", branch: "release/1.0", branchesByRoom: true },
        { type: "participant.joined", name: "host" },
      );
    for (const repo of ["https://mia:s3cret@github.com/acme/widgets", "our widgets"]) {
      const { decision } = given()
        .when(create({ repo }))
        .thenRejected("invalid", { issues: [{ path: ["repo"] }] });
      expect(JSON.stringify(decision)).not.toContain("s3cret");
    }
    given()
      .when(create({ branch: "a..b" }))
      .thenRejected("invalid", { issues: [{ path: ["branch"] }] });
  });

  test("of an earlier version may be any text", () => {
    expect(
      given({ type: "room.created", name: "Old", policy: {}, repo: "our widgets", branch: "a..b" }).room,
    ).toMatchObject({
      repo: "our widgets",
      branch: "a..b",
    });
  });
});

describe("making a room", () => {
  test("writes the room, its owner, its invites and its agents in one commit", () => {
    const invite = { inviteId: "i1", hash: "h1", role: "member" as const, expiresAtMs: 1, maxUses: 100 };
    const { room } = given()
      .when(create({ agents: [newAgent("coder"), newAgent("reviewer")], invites: [invite], policy: { gate: "first" } }))
      .then(
        { type: "room.created", name: "Reports", policy: { gate: "first" } },
        { type: "participant.joined", name: "host", kind: "human", role: "owner" },
        { type: "invite.created", inviteId: "i1" },
        { type: "participant.joined", name: "coder", kind: "agent", displayName: "coder" },
        { type: "participant.joined", name: "reviewer", kind: "agent" },
      );
    expect(room).toMatchObject({ status: "active", version: 1, agents: ["coder", "reviewer"] });
  });

  test("an agent with a start rule has something to do before anybody speaks to it", () => {
    given()
      .when(create({ agents: [newAgent("coder", { script: [{ on: "start", reply: "@room hi" }] })] }))
      .then({ type: "room.created" }, { type: "participant.joined" }, { type: "participant.joined", opening: true });
  });

  test("the same request made again finds the room it made", () => {
    given()
      .when(create({ fingerprint: "f1" }), create({ fingerprint: "f1" }))
      .thenDuplicate({ version: 1 });
  });

  test("another request under the same key is refused", () => {
    given()
      .when(create({ fingerprint: "f1" }), create({ fingerprint: "f2" }))
      .thenRejected("idempotency_key_reused");
  });

  test.each([
    [undefined, undefined],
    ["f1", undefined],
    [undefined, "f1"],
  ])("without a key on both sides a room is made once (%s, %s)", (first, second) => {
    const withKey = (fingerprint: string | undefined) => create(fingerprint === undefined ? {} : { fingerprint });
    given().when(withKey(first), withKey(second)).thenRejected("room_exists");
  });

  test.each([["Host"], ["2fast"], ["mia smith"], ["é"], [""], ["a".repeat(33)], ["admin"]])(
    "an owner cannot be called “%s”",
    (owner) => {
      given()
        .when(create({ owner }))
        .thenRejected("invalid", { issues: [{ path: ["owner"] }] });
    },
  );

  test.each([...RESERVED_NAMES])("an agent cannot be called %s: the word is reserved", (name) => {
    given()
      .when(create({ agents: [newAgent("coder"), newAgent(name)] }))
      .thenRejected("invalid", { issues: [{ path: ["agents", 1, "name"] }] });
  });

  test("no name is used twice, not the owner's either", () => {
    const twice = { issues: [{ path: ["agents", 1, "name"] }] };
    given()
      .when(create({ agents: [newAgent("a"), newAgent("a")] }))
      .thenRejected("invalid", twice);
    given()
      .when(create({ agents: [newAgent("a"), newAgent("host")] }))
      .thenRejected("invalid", twice);
  });

  test("a room starts with a hundred agents, and not with more than its state may hold", () => {
    const agents = Array.from({ length: LIMITS.maxParticipants }, (_, n) => newAgent(`a${n}`));
    given().when(create({ agents })).thenRejected("limit_reached");
    given()
      .when(create({ agents: agents.slice(0, 150) }))
      .thenRejected("limit_reached");
    const { room } = given().when(create({ agents: agents.slice(0, 100) }));
    expect(room.agents).toHaveLength(100);
  });

  test("every pattern of a script that cannot be used is named, also one that would take for ever to compile", () => {
    const script = [{ match: "(" }, { match: "^fine$" }, { match: "(a?){40}b".repeat(8) }, { reply: "no pattern" }];
    given()
      .when(create({ agents: [newAgent("tom"), newAgent("coder", { script })] }))
      .thenRejected("invalid", {
        detail: expect.stringContaining("rule 1"),
        issues: [
          {
            path: ["agents", 1, "script", 0, "match"],
            message: expect.stringContaining("is not a regular expression"),
          },
          { path: ["agents", 1, "script", 2, "match"], message: expect.stringContaining("too many choices") },
        ],
      });
  });

  test("a script and a prompt that are too long together are refused", () => {
    const prompt = "é".repeat(LIMITS.maxSpecBytes / 2);
    given()
      .when(create({ agents: [newAgent("coder", { prompt })] }))
      .thenRejected("invalid", { issues: [{ path: ["agents", 0, "script"] }] });
  });
});

describe("what agents have on disk", () => {
  const purge = { type: "room.purge", by: by("mia") } as const;

  test("is released once, after the room was closed", () => {
    given(roomOf(["coder"]))
      .when(purge)
      .thenRejected("room_open");
    given().when(purge).thenRejected("room_not_found");
    const closed = given(roomOf(["coder"])).and({ type: "room.closed" });
    closed.when(purge).then({ type: "room.purged" });
    closed.and({ type: "room.purged" }).when(purge).then();
  });
});

describe("a room that does not exist or was closed", () => {
  test("nothing but creating fits a room that does not exist", () => {
    given().when(post("mia", "hello")).thenRejected("room_not_found");
    given().when({ type: "room.tick" }).thenRejected("room_not_found");
  });

  test("refuses every command in a closed room", () => {
    const closed = given(roomOf(["coder"])).and({ type: "room.closed" });
    closed.when(post("mia", "hello")).thenRejected("room_closed");
    closed.when({ type: "room.resume", by: by("mia") }).thenRejected("room_closed");
    closed.when({ type: "room.close", by: by("mia") }).thenRejected("room_closed");
    closed.when({ type: "room.purge", by: by("tom") }).thenRejected("forbidden");
    given(created({}, { fingerprint: "f1" }))
      .and({ type: "room.closed" })
      .when(create({ fingerprint: "f1" }))
      .thenDuplicate();
  });
});
