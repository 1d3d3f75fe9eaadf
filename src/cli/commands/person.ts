import { personRoles } from "../../core/room/event.js";
import type { RemovedPerson } from "../../protocol/people.js";
import type { CliCommand, Context } from "../command.js";
import { RefusedError } from "../errors.js";
import { findRoom } from "../find-room.js";
import { counted } from "../words.js";
import { printInviteLines } from "./invite.js";
import { done, roomArgument } from "./room.js";

export const personCommands: readonly CliCommand[] = [
  {
    path: ["person", "role"],
    summary: "give a person more or fewer rights in a room, as its owner",
    details: "Invites that they could not make any more are revoked. A room always keeps one owner.",
    arguments: [
      roomArgument,
      { name: "person", help: "name of the person" },
      { name: "rights", help: `one of ${personRoles.join(", ")}` },
    ],
    options: {},
    examples: ["parley person role demo mia approver"],
    async run(context, typed) {
      const role = personRoles.find((one) => one === typed.argument("rights"));
      if (!role) throw new RefusedError(`There is no such role; there are ${personRoles.join(", ")}.`);
      const { api, roomId } = await findRoom(context, typed.argument("room"));
      const name = typed.argument("person");
      const answer = await api.call("changePersonRole", { parts: { id: roomId, name }, body: { role } });
      done(context, answer, `${name} is ${role} from now on.`);
      if (!context.json && answer.endedInvites > 0)
        context.screen.line(`Ended with it: ${counted(answer.endedInvites, "invite")} of theirs.`);
      return undefined;
    },
  },
  {
    path: ["person", "remove"],
    summary: "let a person leave a room: yourself, or as its owner anybody",
    details:
      "Their token, and every code and token they made, is worthless from then on. They come back under their name with parley invite new --for.",
    arguments: [roomArgument, { name: "person", help: "name of the person" }],
    options: {},
    examples: ["parley person remove demo max"],
    async run(context, typed) {
      const { api, roomId } = await findRoom(context, typed.argument("room"));
      const parts = { id: roomId, name: typed.argument("person") };
      const answer = await api.call("removePerson", { parts });
      done(context, answer, `${typed.argument("person")} is no longer in the room.`);
      if (!context.json) printLeftovers(context, answer);
      return undefined;
    },
  },
];

/** Credentials that ended with the person, and open codes: the person may know them. */
function printLeftovers(context: Context, { ended, openInvites = [] }: RemovedPerson): void {
  const { screen } = context;
  if (ended && ended.invites + ended.tokens > 0)
    screen.line(`With them ended: ${counted(ended.invites, "invite")} and ${counted(ended.tokens, "token")}.`);
  if (openInvites.length === 0) return;
  screen.line("These invites stay open, and they may know them (parley invite revoke ends one):");
  printInviteLines(context, openInvites);
}
