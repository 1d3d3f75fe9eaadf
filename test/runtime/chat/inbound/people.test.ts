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
