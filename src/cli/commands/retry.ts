import type { Command } from "../command.js";
import { findRoom } from "../find-room.js";
import { safeJson } from "../visible.js";
import { roomArgument } from "./room.js";

export const retryCommand: Command = {
  path: ["retry"],
  summary: "deliver again what failed",
  details: "Without a message: all that the turn had taken that failed last. The agent is told which attempt it is.",
  arguments: [roomArgument, { name: "message", help: "id of a message whose turn failed", optional: true }],
  options: { agent: { help: "only to this agent", value: "<name>" } },
  examples: ["parley retry demo", "parley retry demo --agent coder"],
  async run(context, typed) {
    const { api, roomId } = await findRoom(context, typed.argument("room"));
    const [messageId, agent] = [typed.optionalArgument("message"), typed.text("agent")];
    const body = agent === undefined ? {} : { agent };
    const answer =
      messageId === undefined
        ? await api.call("retryLast", { parts: { id: roomId }, body })
        : await api.call("retryMessage", { parts: { id: roomId, messageId }, body });
    if (context.json) context.screen.json(safeJson(answer));
    for (const { messageId: id, agents, attempt } of context.json ? [] : answer.messages)
      context.screen.line(`Message ${id} is delivered again to ${agents.join(", ")}, attempt ${attempt}.`);
    return undefined;
  },
};
