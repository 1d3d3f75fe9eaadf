import { createHash } from "node:crypto";
import type { FoundSetup } from "../../../src/ports/setups.js";
import { type FileContent, offeredFiles } from "./files.js";
import { fetchSetupScript, maxListBytes, readSetupScript } from "./scripts.js";
import { bounded, chooseFiles, readEntries } from "./tree.js";

/** Runs one command where the repository can be reached and no agent runs; `output` is bounded by the sandbox. Never rejects. */
export type RunCommand = (command: readonly string[], seconds: number) => Promise<{ code: number; output: string }>;

/** The branch to read, and a place for the bare repository. */
export interface SetupPlace {
  url: string;
  /** Absent: the repository's own default. */
  branch?: string | undefined;
  /** A folder to create and remove. */
  dir: string;
}

const fetchSeconds = 60;
const readSeconds = 30;

/**
 * Reads the set-up at the head of a branch, from a bare repository fetched for this purpose alone. Undefined if its commit is the
 * `known` one. Throws an `Error` with Git's last line of output if the repository cannot be read.
 */
export async function readSetup(
  run: RunCommand,
  { url, branch = "", dir }: SetupPlace,
  { known }: { known?: string | undefined } = {},
): Promise<FoundSetup | undefined> {
  try {
    const fetched = await run(["sh", "-c", fetchSetupScript, "setup", url, branch, dir], fetchSeconds);
    if (fetched.code !== 0) throw new Error(lastLineOf(fetched.output));
    const [commit = "", top = "", below = ""] = fetched.output.split("\n");
    if (!/^[0-9a-f]{40,64}$/.test(commit)) throw new Error("Git named no commit");
    if (commit === known) return undefined;
    return await filesOf(run, { commit, dir, lists: [top, below].map((list) => Buffer.from(list, "base64")) });
  } finally {
    await run(["rm", "-rf", dir], readSeconds);
  }
}

async function filesOf(
  run: RunCommand,
  { commit, dir, lists }: { commit: string; dir: string; lists: readonly Buffer[] },
): Promise<FoundSetup> {
  const isCut = lists.some((list) => list.length >= maxListBytes);
  const { wanted, refused } = chooseFiles(lists.flatMap(readEntries), { isCut });
  const ids = [...new Set(wanted.map(({ id }) => id))];
  const read =
    ids.length === 0
      ? { code: 0, output: "" }
      : await run(["sh", "-c", readSetupScript, "setup", dir, ...ids], readSeconds);
  if (read.code !== 0) throw new Error(lastLineOf(read.output));
  const contents = contentsIn(read.output);
  const offered = offeredFiles(wanted, (id) => contents.get(id));
  return { commit, files: offered.files, refused: bounded([...refused, ...offered.refused]) };
}

/** The contents by file id. Content that does not match its id counts as not read. */
function contentsIn(output: string): Map<string, FileContent> {
  const contents = new Map<string, FileContent>();
  for (const line of output.split("\n")) {
    const [id = "", size = "", content] = line.split(" ");
    if (!/^\d+$/.test(size)) continue;
    if (content === undefined) contents.set(id, { tooLarge: Number(size) });
    else {
      const bytes = Buffer.from(content, "base64");
      if (objectId(bytes, id.length) === id) contents.set(id, { bytes });
    }
  }
  return contents;
}

/** Git's id for a file with this content, `digits` hex digits long. */
function objectId(bytes: Buffer, digits: number): string {
  return createHash(digits === 40 ? "sha1" : "sha256")
    .update(`blob ${bytes.length}\0`)
    .update(bytes)
    .digest("hex");
}

const maxReasonChars = 300;

function lastLineOf(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return (lines.at(-1) ?? "no reason was given").slice(0, maxReasonChars);
}
