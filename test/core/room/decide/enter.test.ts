import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseName } from "../../../../src/core/grammar/name.js";
import type { EnterFromChat } from "../../../../src/core/room/command.js";
import { personFromChat } from "../../../../src/core/room/room.js";
import { wantedName } from "../../../../src/runtime/access/transliterate.js";
import { given, nowMs } from "../../../support/given.js";
import { invited, person, roomOf } from "../../../support/room-builder.js";
import { sha256 } from "../../../support/sha256.js";

const slack = (userId: string) => ({ name: "slack", userId });
const enter = (
  userId: string,
  displayName: string,
  admitted: EnterFromChat["admitted"] = { role: "member" },
): EnterFromChat => ({
  type: "person.enter",
  person: { displayName, platform: slack(userId) },
  wantedName: wantedName(displayName),
  admitted,
});

const open = given(roomOf(["coder"]));

describe("a chat user", () => {
  test("becomes a participant under a name made from the display name", () => {
    const { room } = open.when(enter("U1", "Zoë Martin ")).then({
      type: "participant.joined",
      name: "zoe-martin",
      displayName: "Zoë Martin",
      kind: "human",
      role: "member",
      platform: slack("U1"),
    });
    expect(personFromChat(room, slack("U1"))?.name).toBe("zoe-martin");
    expect(personFromChat(room, { name: "discord", userId: "U1" })).toBeUndefined();
  });

  test("comes in once", () => {
    open.when(enter("U1", "Zoe"), enter("U1", "Zoe")).then();
  });

  test("keeps its name and is shown as the platform shows it now", () => {
    open
      .when(enter("U1", "Zoe"), enter("U1", "Zoe the Second"))
      .then({ type: "participant.configured", name: "zoe", displayName: "Zoe the Second" });
  });

  test("gets another name if theirs is taken, also by a former participant", () => {
    const left = given(roomOf(["coder"]), person("zoe"), { type: "participant.left", name: "zoe" });
    left.when(enter("U1", "Zoe")).then({ type: "participant.joined", name: "zoe-2" });
    open.when(enter("U1", "coder")).then({ type: "participant.joined", name: "coder-2" });
    open.when(enter("U1", "村上"), enter("U2", "@channel")).then({ type: "participant.joined", name: "channel-2" });
  });

  test("is let in with more rights later, never with fewer", () => {
    const { scene } = open.when(enter("U1", "Zoe"));
    scene.when(enter("U1", "Zoe", { role: "approver" })).then({
      type: "participant.configured",
      name: "zoe",
      role: "approver",
    });
    scene.when(enter("U1", "Zoe", { role: "viewer" })).then();
  });

  test("does not come back by writing once they are out", () => {
    const out = given(roomOf(), { ...person("zoe"), platform: slack("U1") } as never, {
      type: "participant.left",
      name: "zoe",
      reason: "removed by mia",
    });
    out.when(enter("U1", "Zoe")).thenRejected("forbidden");
  });

  test("has a legal, free name whatever they are called", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme", maxLength: 60 }), { minLength: 1, maxLength: 6 }), (names) => {
        let scene = open;
        for (const [index, name] of names.entries()) scene = scene.when(enter(`U${index}`, name)).scene;
        const people = [...scene.room.participants.values()].filter((one) => one.kind === "human" && one.platform);
        for (const { name, displayName } of people) {
          expect(parseName(name)).toBe(name);
          expect(displayName.length).toBeLessThanOrEqual(48);
        }
        expect(people).toHaveLength(names.length);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a chat user with an invite", () => {
  const withInvite = given(roomOf(), invited("i1", { role: "approver" }));
  const byCode = enter("U1", "Zoe", { inviteHash: sha256("i1") });

  test("gets its role and uses it up", () => {
    withInvite
      .when(byCode)
      .then({ type: "invite.used", name: "zoe" }, { type: "participant.joined", role: "approver", inviteId: "i1" });
    withInvite.when(byCode, enter("U2", "Bob", { inviteHash: sha256("i1") })).thenRejected("invite_invalid");
  });

  test("is let in with its role where they were in already, and uses none where they had as much", () => {
    withInvite
      .when(enter("U1", "Zoe"), byCode)
      .then({ type: "invite.used" }, { type: "participant.configured", role: "approver" });
    withInvite.when(enter("U1", "Zoe", { role: "owner" }), byCode).then();
  });

  test("that expired, is unknown or is one person's way back, stays out", () => {
    given(roomOf(), invited("i1", { expiresAtMs: nowMs }))
      .when(byCode)
      .thenRejected("invite_invalid");
    open.when(byCode).thenRejected("invite_invalid");
    const back = given(roomOf(), person("bob"), invited("i1", { forName: "bob" }));
    back.when(byCode).thenRejected("invite_invalid");
  });
});
