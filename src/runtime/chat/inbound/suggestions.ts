import type { ChatQuestion } from "../../../ports/chat-inbound.js";
import type { RoomService } from "../../rooms/service.js";
import type { FindRoom } from "./find-room.js";

const maxNames = 25;

/** Names matching the typed text, prefix matches first. */
export type Suggest = (asked: ChatQuestion) => Promise<readonly string[]>;

export function createSuggest(options: {
  rooms: RoomService;
  findRoom: FindRoom;
  roleNames: () => readonly string[];
}): Suggest {
  const { rooms, findRoom, roleNames } = options;

  async function known(asked: ChatQuestion): Promise<readonly string[]> {
    if (asked.what === "role") return roleNames();
    if (asked.what === "room") {
      const visible = await findRoom.visible(asked);
      return visible.filter(({ state }) => state !== "closed").map(({ name }) => name);
    }
    const meant = await findRoom.meant(asked, asked.room);
    if (meant.kind === "problem") return [];
    return (await rooms.read(meant.roomId, ({ agents }) => [...agents])) ?? [];
  }

  return async (asked) => {
    const typed = asked.typed.trim().toLowerCase();
    const fitting = [...new Set(await known(asked))].filter((name) => name.toLowerCase().includes(typed));
    const begins = (name: string): boolean => name.toLowerCase().startsWith(typed);
    return [...fitting.filter(begins), ...fitting.filter((name) => !begins(name))].slice(0, maxNames);
  };
}
