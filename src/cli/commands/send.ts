import { deliveryClasses } from "../../core/room/event.js";
import type { MessageBody } from "../../protocol/messages.js";
import type { CliCommand, Context, Typed } from "../command.js";
import { UsageError } from "../errors.js";
import { findRoom } from "../find-room.js";
import { readStdin } from "../input.js";
import { localFiles, sendFiles } from "../send-files.js";
import { safeJson } from "../visible.js";
import { parseSeconds } from "../words.js";
import { roomArgument } from "./room.js";

export const sendCommand: CliCommand = {
  path: ["send"],
  summary: "write a message",
  details:
    "Without --to it goes to the names the text starts with (@coder @reviewer …), or to the whole room. " +
    "If the connection breaks it is sent again under the same key, so it arrives once.",
  arguments: [
    roomArgument,
    { name: "text", help: "the message; - or nothing reads it from standard input", optional: true, rest: true },
  ],
  options: {
    to: { help: "who it is for", value: "<name>", many: true },
    class: { help: "how hard it knocks (default deliver)", value: "<class>", choices: deliveryClasses },
    file: { help: "a file that goes with it; repeatable, at most 16", value: "<path>", many: true },
    ttl: { help: "after this time it need not be delivered any more: 90s, 15m, 12h", value: "<time>" },
  },
  examples: [
    `parley send demo "@coder please add a test"`,
    `parley send demo --to reviewer --class interrupt "Stop: the branch moved"`,
    `parley send demo --file shot.png "@coder this is what I see"`,
    "git diff | parley send demo --to reviewer -",
  ],
  run: runSend,
};

async function runSend(context: Context, typed: Typed): Promise<undefined> {
  const [to, ttl, deliveryClass] = [typed.texts("to"), typed.text("ttl"), typed.text("class")];
  const ttlSeconds = ttl === undefined ? undefined : parseSeconds(ttl);
  if (ttl !== undefined && ttlSeconds === undefined)
    throw new UsageError(`--ttl is “${ttl}”; expected a time such as 90s, 15m or 12h.`);
  const files = await localFiles(context, typed.texts("file"));
  const body = await bodyOf(context, typed, { mayBeEmpty: files.length > 0 });
  const access = await findRoom(context, typed.argument("room"));
  const { api, roomId } = access;
  const attachments = await sendFiles(context, access, files);
  const answer = await api.call("postMessage", {
    parts: { id: roomId },
    idempotencyKey: context.randomId(),
    body: {
      body,
      ...(to.length > 0 && { to: [...to] }),
      // The server says which classes there are.
      ...(deliveryClass !== undefined && { class: deliveryClass as MessageBody["class"] }),
      ...(ttlSeconds !== undefined && { ttlSeconds }),
      ...(attachments.length > 0 && { attachments }),
    },
  });
  if (context.json) context.screen.json(safeJson(answer));
  else context.screen.line(`Sent as ${answer.messageId}, version ${answer.version}.`);
}

async function bodyOf(context: Context, typed: Typed, { mayBeEmpty }: { mayBeEmpty: boolean }): Promise<string> {
  const words = typed.rest("text");
  const fromPipe = words.length === 0 || (words.length === 1 && words[0] === "-");
  if (mayBeEmpty && words.length === 0) return "";
  if (fromPipe && words.length === 0 && context.stdin.isTTY) {
    throw new UsageError(
      `There is no text. Write it behind the room: parley send ${typed.argument("room")} "…", or pipe it in.`,
    );
  }
  const body = fromPipe ? (await readStdin(context)).replace(/\n$/, "") : words.join(" ");
  if (body.trim() === "") throw new UsageError("The message is empty; nothing was sent.");
  return body;
}
