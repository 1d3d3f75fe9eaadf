import type { Command } from "../command.js";
import { findRoom } from "../find-room.js";
import { done, roomArgument } from "./room.js";

export const personCommands: readonly Command[] = [
  {
    path: ["person", "remove"],
    summary: "let a person leave a room: yourself, or as its owner anybody",
    details: "Their token is worthless from then on. They come back under their name with parley invite new --for.",
    arguments: [roomArgument, { name: "person", help: "name of the person" }],
    options: {},
    examples: ["parley person remove demo max"],
    async run(context, typed) {
      const { api, roomId } = await findRoom(context, typed.argument("room"));
      const parts = { id: roomId, name: typed.argument("person") };
      const answer = await api.call("removePerson", { parts });
      done(context, answer, `${typed.argument("person")} is no longer in the room.`);
      return undefined;
    },
  },
];
