import { expect, test } from "vitest";
import type { Inbound } from "../../../../src/ports/chat-inbound.js";
import { createPeople } from "../../../../src/runtime/chat/inbound/people.js";
import { createApi, makeRoom } from "../../../http/support/api.js";

test.each(["slack", "discord"])(
  "a %s user keeps the name derived from theirs in any script, and is shown as on the platform",
  async (platform) => {
    const api = await createApi();
    const { roomId } = await makeRoom(api);
    const people = createPeople({ rooms: api.rooms, approversOf: () => [] });
    const enter = (id: string, displayName: string, more: { isUncertain?: boolean } = {}) => {
      const inbound: Inbound = {
        platform,
        id: `i-${id}`,
        atMs: 0,
        user: { id, displayName, ...more },
        channel: "c1",
        action: { kind: "message", text: "hi", startsWithUser: false, files: [] },
      };
      return people.enter(roomId, inbound);
    };
    expect(await enter("u1", "李雷")).toEqual({ kind: "in", name: "li-lei" });
    expect(await enter("u2", "李雷")).toEqual({ kind: "in", name: "li-lei-2" });
    expect(await enter("u3", "Мария")).toEqual({ kind: "in", name: "mariya" });
    expect(await enter("u4", "😀")).toEqual({ kind: "in", name: "guest" });
    expect(await enter("u1", "Han Mei")).toEqual({ kind: "in", name: "li-lei" });
    const shown = () => api.rooms.peek(roomId, (room) => room.participants.get("li-lei")?.displayName);
    expect(await shown()).toBe("Han Mei");
    expect(await enter("u1", "han", { isUncertain: true })).toEqual({ kind: "in", name: "li-lei" });
    expect(await shown()).toBe("Han Mei");
    expect(await enter("u1", "  ")).toEqual({ kind: "in", name: "li-lei" });
    expect(await shown()).toBe("Han Mei");
  },
);

// Names that other bridges showed until they were restarted, by reports on GitHub.
test.each([
  ["42wim/matterbridge#1600: a display name of Slack", "slack", ["Keenan", "Keenan V", "KV"]],
  ["42wim/matterbridge#1493: a nickname of Discord", "discord", ["Bob", "Joe"]],
  ["matrix-org/matrix-appservice-discord#705: a nickname, and back again", "discord", ["Doni", "Don", "Doni"]],
  ["nextcord/nextcord#1203: a global name of Discord", "discord", ["greeeen", "Green ✨"]],
])(
  "a person who is renamed is shown by the new name, and is still reached by the old one: %s",
  async (_, platform, shown) => {
    const api = await createApi();
    const { roomId } = await makeRoom(api);
    const people = createPeople({ rooms: api.rooms, approversOf: () => [] });
    const names: string[] = [];
    for (const [at, displayName] of shown.entries()) {
      const action = { kind: "message", text: "hi", startsWithUser: false, files: [] } as const;
      const inbound = { platform, id: `i${at}`, atMs: at, user: { id: "u1", displayName }, channel: "c1", action };
      const entered = await people.enter(roomId, inbound);
      names.push(entered.kind === "in" ? entered.name : "");
      const seen = await api.rooms.peek(roomId, (room) => room.participants.get(names[0] ?? "")?.displayName);
      expect(seen).toBe(displayName);
    }
    expect(new Set(names).size).toBe(1);
  },
);
