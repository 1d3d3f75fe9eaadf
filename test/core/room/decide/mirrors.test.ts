import { describe, expect, test } from "vitest";
import type { BindMirror } from "../../../../src/core/room/command.js";
import { LIMITS } from "../../../../src/core/room/limits.js";
import { given } from "../../../support/given.js";
import { invited, person, roomOf } from "../../../support/room-builder.js";
import { by } from "../../../support/room-commands.js";
import { sha256 } from "../../../support/sha256.js";

const bind = (mirrorId: string, fields: Partial<BindMirror> = {}): BindMirror => ({
  type: "mirror.bind",
  by: { kind: "system" },
  mirrorId,
  platform: "slack",
  channel: "C1",
  ...fields,
});

const open = given(roomOf(["coder"]), person("ann", "approver"), person("max", "member"));

describe("binding a room to a thread", () => {
  test("takes the right to invite", () => {
    open.when(bind("m1", { by: by("ann") })).then({ type: "mirror.bound", mirrorId: "m1", channel: "C1" });
    open.when(bind("m1", { by: by("max") })).thenRejected("forbidden");
    open.when(bind("m1", { by: by("nobody") })).thenRejected("forbidden");
  });

  test("or an invite that lets people write", () => {
    const invitedTo = given(roomOf(), person("max", "member"), invited("i1"), invited("i2", { role: "viewer" }));
    invitedTo.when(bind("m1", { by: by("max"), inviteHash: sha256("i1") })).then({ type: "mirror.bound" });
    invitedTo.when(bind("m1", { by: by("max"), inviteHash: sha256("i2") })).thenRejected("forbidden");
    invitedTo.when(bind("m1", { by: by("max"), inviteHash: sha256("i3") })).thenRejected("invite_invalid");
  });

  test("twice is once; again with the thread tells the room where it is", () => {
    open.when(bind("m1"), bind("m1")).then();
    const { room } = open.when(bind("m1"), bind("m1", { thread: "t1" })).then({ type: "mirror.bound", thread: "t1" });
    expect(room.mirrors.get("m1")).toEqual({ mirrorId: "m1", platform: "slack", channel: "C1", thread: "t1" });
  });

  test("is done once per channel, on any number of channels and platforms up to the limit", () => {
    open.when(bind("m1"), bind("m2")).thenRejected("limit_reached");
    open.when(bind("m1"), bind("m2", { platform: "discord" })).then({ type: "mirror.bound" });
    const many = Array.from({ length: LIMITS.maxMirrors + 1 }, (_, index) =>
      bind(`m${index}`, { channel: `C${index}` }),
    );
    open.when(...many).thenRejected("limit_reached");
  });

  test("follows a channel that has another id now, where the platform says so", () => {
    const there = bind("m1", { thread: "t1" });
    const moved = { type: "mirror.bound", channel: "C2", thread: "t1" } as const;
    open.when(there, bind("m1", { thread: "t1", channel: "C2" })).then(moved);
    open.when(there, bind("m1", { thread: "t1", channel: "C2", by: by("ann") })).then();
  });

  test("can be undone once, by people who may invite", () => {
    const unbind = (name: string) => ({ type: "mirror.unbind" as const, by: by(name), mirrorId: "m1" });
    open.when(bind("m1"), unbind("ann")).then({ type: "mirror.unbound", mirrorId: "m1" });
    open.when(bind("m1"), unbind("ann"), unbind("ann")).then();
    open.when(bind("m1"), unbind("max")).thenRejected("forbidden");
  });
});
