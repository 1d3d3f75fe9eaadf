import { resolve } from "node:path";
import { UnreachableError } from "../../client/errors.js";
import { pathOf } from "../../client/http.js";
import { chunksOf } from "../../client/read-body.js";
import { sizeText } from "../../core/text/size-text.js";
import { safeFileName } from "../../core/values/file-name.js";
import type { CliCommand, Context, Typed } from "../command.js";
import { RefusedError } from "../errors.js";
import { findRoom } from "../find-room.js";
import { newestFiles, type ShownFile, shortHash } from "../room-files.js";
import { safeJson } from "../visible.js";
import { writeWhole } from "../write-file.js";
import { roomArgument } from "./room.js";

export const fileCommand: CliCommand = {
  path: ["file"],
  summary: "save a file that a message carries, or list the newest",
  details:
    "The id is the beginning of the file's SHA-256, as watch shows it, or the whole of it. Without one the newest files of the room are listed. " +
    "It is saved in this folder under its name, and over nothing that is there; --out names another place.",
  arguments: [roomArgument, { name: "file", help: "id of the file", optional: true }],
  options: { out: { help: "save it here", value: "<file>", short: "o" } },
  examples: ["parley file demo", "parley file demo 3f2a91c0d1e2", "parley file demo 3f2a91c0d1e2 --out shot.png"],
  run: runFile,
};

async function runFile(context: Context, typed: Typed): Promise<undefined> {
  const { screen, cwd, signal } = context;
  const id = typed.optionalArgument("file");
  const access = await findRoom(context, typed.argument("room"), { reads: true });
  if (id === undefined) return list(context, await newestFiles(access));
  const file = await fileOf(access, id.toLowerCase());
  const response = await access.api.open(pathOf("rooms", access.roomId, "files", file.sha256), { signal });
  if (!response.body) throw new UnreachableError("The server answered without a body; nothing was written.");
  const out = typed.text("out");
  // The name comes from another machine.
  const path = resolve(cwd, out ?? safeFileName(file.name));
  const bytes = await writeWhole(path, chunksOf(response, signal), { keep: out === undefined });
  if (context.json) screen.json(safeJson({ path, bytes, sha256: file.sha256 }));
  else screen.note(`${sizeText(bytes)} written to ${path}.`);
}

function list({ screen, json }: Context, files: readonly ShownFile[]): undefined {
  if (json) screen.json(safeJson({ files }));
  else if (files.length === 0) screen.line("The newest messages of this room carry no files.");
  else
    for (const { sha256, name, bytes, from } of files)
      screen.line(`${shortHash(sha256)}  ${name}, ${sizeText(bytes)}, from ${from}`);
}

async function fileOf(
  access: Parameters<typeof newestFiles>[0],
  id: string,
): Promise<{ sha256: string; name: string }> {
  const found = (await newestFiles(access, { containing: id })).filter(({ sha256 }) => sha256.startsWith(id));
  const [first] = found;
  if (new Set(found.map(({ sha256 }) => sha256)).size > 1)
    throw new RefusedError(`Several files of this room begin with ${id}; write more of it.`);
  if (first) return first;
  if (/^[0-9a-f]{64}$/.test(id)) return { sha256: id, name: id.slice(0, 12) };
  throw new RefusedError(`No message that was looked at carries a file ${id}; parley file <room> lists the newest.`);
}
