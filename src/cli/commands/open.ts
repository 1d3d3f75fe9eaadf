import type { CliCommand } from "../command.js";
import { findRoom } from "../find-room.js";
import { safeJson } from "../visible.js";
import { roomArgument } from "./room.js";

export const openCommand: CliCommand = {
  path: ["open"],
  summary: "a link to the page on which you are in the room as who you are here",
  details:
    "It works once, for 15 minutes, and for whoever has it. With the admin token it lets in as the room's owner. Others need an invite.",
  arguments: [roomArgument],
  options: {},
  examples: ["parley open demo"],
  async run(context, typed) {
    const { api, roomId } = await findRoom(context, typed.argument("room"));
    const link = await api.call("createLink", { parts: { id: roomId } });
    if (context.json) context.screen.json(safeJson(link));
    else context.screen.line(`Open ${link.url} in a browser, as ${link.name}. The link works once, for 15 minutes.`);
    return undefined;
  },
};
