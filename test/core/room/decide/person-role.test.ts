import { describe, expect, test } from "vitest";
import type { CommandOf } from "../../../../src/core/room/command.js";
import type { PersonRole } from "../../../../src/core/room/event.js";
import { given } from "../../../support/given.js";
import { invited, person, roomOf } from "../../../support/room-builder.js";
import { by } from "../../../support/room-commands.js";

const give = (name: string, role: PersonRole, actor = by("mia")): CommandOf<"person.role"> => ({
  type: "person.role",
  by: actor,
  name,
  role,
});

const open = given(roomOf(["coder"]), person("bea", "approver"));

describe("a person's role", () => {
  test.each(["viewer", "member", "owner"] as const)("becomes %s when an owner says so", (role) => {
    open.when(give("bea", role)).then({ type: "participant.configured", name: "bea", role });
  });

  test("that they have already changes nothing", () => {
    expect(open.when(give("bea", "approver")).events).toEqual([]);
  });

  test("stays where nobody else would own the room, and can be given up once somebody else does", () => {
    open.when(give("mia", "member")).thenRejected("limit_reached");
    const two = open.when(give("bea", "owner")).scene;
    two.when(give("mia", "member")).then({ type: "participant.configured", name: "mia", role: "member" });
  });

  test("is not given to agents or to people who are not there", () => {
    open.when(give("coder", "member")).thenRejected("participant_not_found");
    open.when(give("nobody-here", "member")).thenRejected("participant_not_found");
  });

  test("takes along the invites they could not make any more, and only these", () => {
    const scene = open
      .and(invited("i-high", { role: "approver", by: "bea" }))
      .and(invited("i-other", { role: "approver", by: "mia" }));
    scene
      .when(give("bea", "member"))
      .then(
        { type: "invite.revoked", inviteId: "i-high" },
        { type: "participant.configured", name: "bea", role: "member" },
      );
    expect(scene.when(give("bea", "owner")).events).toHaveLength(1);
  });
});
