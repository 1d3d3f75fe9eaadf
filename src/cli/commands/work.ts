import { resolve } from "node:path";
import { ProblemError, UnreachableError } from "../../client/errors.js";
import { pathOf } from "../../client/http.js";
import { chunksOf } from "../../client/read-body.js";
import { sizeText } from "../../core/text/size-text.js";
import type { WorkEntry } from "../../protocol/work.js";
import type { CliCommand, Context, RoomAccess, Typed } from "../command.js";
import { findRoom } from "../find-room.js";
import { safeJson, visibleText } from "../visible.js";
import { writeWhole } from "../write-file.js";
import { roomArgument } from "./room.js";

const agentArgument = { name: "agent", help: "name of the agent" };

const filesCommand: CliCommand = {
  path: ["files"],
  summary: "the files in an agent's work folder",
  details:
    "Lists a folder, or prints a file; keys and tokens are cut out of it. --out saves the whole folder as a tar archive, byte for byte. Nothing in the folder is run, and the agent is not woken. " +
    "While a gated agent works or waits for a decision, only those who decide may look; viewers never.",
  arguments: [roomArgument, agentArgument, { name: "path", help: "a folder or file in it", optional: true }],
  options: { out: { help: "save the whole folder here, as a tar archive", value: "<file>", short: "o" } },
  examples: [
    "parley files demo coder",
    "parley files demo coder src/main.ts",
    "parley files demo coder --out coder.tar",
  ],
  run: runFiles,
};

const diffCommand: CliCommand = {
  path: ["diff"],
  summary: "what an agent changed, as a unified diff",
  details:
    "Against the commit that its branch comes from, new files included; with another agent, from the files of the first to those of the other, where one of the two changed them.",
  arguments: [roomArgument, agentArgument, { name: "other", help: "another agent to compare with", optional: true }],
  options: {
    path: { help: "only this file or folder", value: "<path>" },
    out: { help: "save it here as it is, for git apply", value: "<file>", short: "o" },
  },
  examples: ["parley diff demo coder", "parley diff demo coder tester", "parley diff demo coder --out coder.diff"],
  run: runDiff,
};

/** Commands that look into the work folders of agents. */
export const workCommands: readonly CliCommand[] = [filesCommand, diffCommand];

const agentIn = (typed: Typed, name = "agent") => typed.argument(name).replace(/^@/, "");

async function runFiles(context: Context, typed: Typed): Promise<undefined> {
  const access = await findRoom(context, typed.argument("room"), { reads: true });
  const name = agentIn(typed);
  const out = typed.text("out");
  if (out !== undefined) return save(context, access, { name, path: resolve(context.cwd, out) });
  const path = typed.optionalArgument("path") ?? "";
  const entries = await entriesOf(access, { name, path });
  if (!entries) return printFile(context, access, { name, path });
  if (context.json) context.screen.json(safeJson({ path, entries }));
  else for (const entry of entries) context.screen.line(lineOf(entry));
}

/** Every page; undefined: it is no folder. */
async function entriesOf(
  { api, roomId }: RoomAccess,
  { name, path }: { name: string; path: string },
): Promise<WorkEntry[] | undefined> {
  const entries: WorkEntry[] = [];
  for (let afterName: string | undefined; ; afterName = entries.at(-1)?.name) {
    const query = { path, ...(afterName !== undefined && { afterName }) };
    const asked = api.call("listWork", { parts: { id: roomId, name }, query });
    const page = await asked.catch((error: unknown) => {
      if (path !== "" && error instanceof ProblemError && error.problem.code === "work_not_found") return undefined;
      throw error;
    });
    if (!page) return undefined;
    entries.push(...page.entries);
    if (!page.hasMore || page.entries.length === 0) return entries;
  }
}

function lineOf({ name, kind, size }: WorkEntry): string {
  const facts = { file: sizeText(size ?? 0), folder: "", link: "link", other: "not a file" }[kind];
  return `${facts.padStart(10)}  ${name}${kind === "folder" ? "/" : ""}`;
}

async function printFile(
  { screen, json }: Context,
  { api, roomId }: RoomAccess,
  { name, path }: { name: string; path: string },
): Promise<undefined> {
  const query = { path, maxBytes: "2097152" };
  const file = await api.call("readWork", { parts: { id: roomId, name }, query });
  if (json) screen.json(safeJson(file));
  if (json) return;
  if (file.text === undefined)
    screen.note(`${visibleText(path)} is not text (${sizeText(file.size)}). --out saves it.`);
  else for (const line of linesOf(file.text)) screen.line(line);
  if (file.isCut) screen.note(`Only the beginning: the file has ${sizeText(file.size)}. --out saves all of it.`);
}

async function save(
  { screen, json, signal }: Context,
  { api, roomId }: RoomAccess,
  { name, path }: { name: string; path: string },
): Promise<undefined> {
  const response = await api.open(pathOf("rooms", roomId, "agents", name, "workspace", "archive"), { signal });
  if (!response.body) throw new UnreachableError("The server answered without a body; nothing was written.");
  const bytes = await writeWhole(path, chunksOf(response, signal));
  if (json) screen.json(safeJson({ path, bytes }));
  else screen.note(`${sizeText(bytes)} written to ${path}.`);
}

async function runDiff(context: Context, typed: Typed): Promise<undefined> {
  const { screen, json } = context;
  const { api, roomId } = await findRoom(context, typed.argument("room"), { reads: true });
  const against = typed.optionalArgument("other")?.replace(/^@/, "");
  const path = typed.text("path");
  const query = { ...(against !== undefined && { against }), ...(path !== undefined && { path }) };
  const diff = await api.call("workDiff", { parts: { id: roomId, name: agentIn(typed) }, query });
  const out = typed.text("out");
  if (out !== undefined) await saveText(context, resolve(context.cwd, out), diff.text);
  else if (json) screen.json(safeJson(diff));
  else for (const line of linesOf(diff.text)) screen.line(line);
  if (json) return;
  if (!diff.isRepository) screen.note("This is no Git repository, so there is nothing to compare it with.");
  else if (diff.text === "") screen.note("Nothing differs.");
  if (diff.isCut) screen.note("There is more than is shown. parley files --out saves all of it.");
}

async function saveText({ screen }: Context, path: string, text: string): Promise<void> {
  async function* whole() {
    yield new TextEncoder().encode(text);
  }
  screen.note(`${sizeText(await writeWhole(path, whole()))} written to ${path}.`);
}

const linesOf = (text: string): string[] => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));
