import { describe, expect, test } from "vitest";
import type { CommandOf } from "../../../../src/core/room/command.js";
import type { RoomEvent } from "../../../../src/core/room/event.js";
import { openInvites } from "../../../../src/core/room/open-invites.js";
import { given, nowMs } from "../../../support/given.js";
import { invited, person, roomOf } from "../../../support/room-builder.js";
import { admin, by } from "../../../support/room-commands.js";
import { sha256 } from "../../../support/sha256.js";

const join = (name: string): CommandOf<"person.join"> => ({ type: "person.join", inviteHash: sha256("i1"), name });
const remove = (name: string): CommandOf<"person.remove"> => ({ type: "person.remove", by: by("mia"), name });
const demoted = (name: string, role: string): RoomEvent => ({ type: "participant.configured", name, role });
const madeBy = (maker: string, role: "approver" | "member" = "member") =>
  given(roomOf(["coder"]), invited("i1", { by: maker, role }));

describe("an invite", () => {
  test("names who made it", () => {
    const invite = { inviteId: "i9", hash: sha256("i9"), role: "member", expiresAtMs: nowMs + 1, maxUses: 1 } as const;
    given(roomOf())
      .when({ type: "invite.create", by: by("ann"), invite })
      .then({ type: "invite.created", inviteId: "i9", by: "ann" });
    given(roomOf())
      .when({ type: "invite.create", by: admin, invite })
      .then({ type: "invite.created", inviteId: "i9", by: "admin" });
  });

  test("is revoked in the commit in which its maker leaves", () => {
    madeBy("ann").when(join("zoe")).then({ type: "invite.used" }, { type: "participant.joined" });
    madeBy("ann")
      .when(remove("ann"))
      .then({ type: "invite.revoked", inviteId: "i1" }, { type: "participant.left", name: "ann" });
    madeBy("ann").when(remove("tom")).then({ type: "participant.left", name: "tom" });
  });

  test("opens nothing while its maker could not make it, and again once the maker could", () => {
    const lower = madeBy("ann", "approver").and(demoted("ann", "member"));
    lower.when(join("zoe")).thenRejected("invite_invalid");
    expect(openInvites(lower.room, nowMs)).toEqual([]);
    const higher = lower.and(demoted("ann", "approver"));
    higher.when(join("zoe")).then({ type: "invite.used" }, { type: "participant.joined" });
    expect(openInvites(higher.room, nowMs)).toMatchObject([{ inviteId: "i1", by: "ann" }]);
  });

  test("gives no more than its maker has: an owner who became an approver lets approvers in, and no owner", () => {
    const second = given(roomOf(), person("olga", "owner"), invited("i1", { by: "olga", role: "owner" }));
    second.when(join("zoe")).then({ type: "invite.used" }, { type: "participant.joined", role: "owner" });
    second.and(demoted("olga", "approver")).when(join("zoe")).thenRejected("invite_invalid");
  });

  test("whose maker left without a word, as in a log that lost an event, opens nothing", () => {
    madeBy("ann").and({ type: "participant.left", name: "ann" }).when(join("zoe")).thenRejected("invite_invalid");
  });

  test("of a log that names no maker stays open when people leave, and is shown without a maker", () => {
    const old = given(roomOf(), invited("i1"));
    const { room } = old.when(remove("ann")).then({ type: "participant.left", name: "ann" });
    expect(openInvites(room, nowMs)).toEqual([expect.not.objectContaining({ by: expect.anything() })]);
    old.when(join("zoe")).then({ type: "invite.used" }, { type: "participant.joined" });
  });
});
