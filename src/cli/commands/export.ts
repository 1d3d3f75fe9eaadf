import { once } from "node:events";
import { resolve } from "node:path";
import { UnreachableError } from "../../client/errors.js";
import { pathOf } from "../../client/http.js";
import { chunksOf } from "../../client/read-body.js";
import type { CliCommand, Context, Typed } from "../command.js";
import { findRoom } from "../find-room.js";
import { safeJsonText, visibleText } from "../visible.js";
import { counted } from "../words.js";
import { interruptible, writeWhole } from "../write-file.js";
import { roomArgument } from "./room.js";

export const exportCommand: CliCommand = {
  path: ["export"],
  summary: "the whole room as events (jsonl) or to read (md)",
  details:
    "On standard output, control characters are escaped: in jsonl as JSON, so the values are the same; in md visibly. " +
    "A file gets exactly the bytes of the server, and is only there when it is complete.",
  arguments: [roomArgument],
  options: {
    format: { help: "jsonl is one event per line (default)", value: "<format>", choices: ["jsonl", "md"] },
    out: { help: "write to this file", value: "<file>", short: "o" },
  },
  examples: ["parley export demo | jq -r .type | sort | uniq -c", "parley export demo --format md --out demo.md"],
  run: runExport,
};

async function runExport(context: Context, typed: Typed): Promise<undefined> {
  const format = typed.text("format") ?? "jsonl";
  const { api, roomId } = await findRoom(context, typed.argument("room"), { reads: true });
  const response = await api.open(`${pathOf("rooms", roomId, "export")}?format=${format}`, { signal: context.signal });
  if (!response.body) throw new UnreachableError("The server answered without a body; nothing was written.");
  const chunks = chunksOf(response, context.signal);
  const out = typed.text("out");
  if (out === undefined) await toScreen(context, chunks, format === "jsonl" ? safeJsonText : visibleText);
  else await toFile(context, chunks, resolve(context.cwd, out));
}

/** Line by line, so that no escape is cut in two. */
async function toScreen(
  { stdout, signal }: Context,
  chunks: AsyncIterable<Uint8Array>,
  printable: (text: string) => string,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  const write = async (text: string) => {
    if (text !== "" && !stdout.write(text)) await once(stdout, "drain", { signal });
  };
  for await (const chunk of interruptible(chunks)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    await write(lines.map((line) => `${printable(line)}\n`).join(""));
  }
  await write(printable(rest));
}

async function toFile({ screen }: Context, chunks: AsyncIterable<Uint8Array>, path: string): Promise<void> {
  screen.note(`${counted(await writeWhole(path, chunks), "byte")} written to ${path}.`);
}
