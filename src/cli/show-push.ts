import { createHash } from "node:crypto";
import type { PushedRef } from "../core/room/gate-content.js";
import type { GateView } from "../core/room/view.js";
import type { Context, RoomAccess } from "./command.js";
import { RefusedError } from "./errors.js";
import { dim, type Piece, type Screen, strong, styled } from "./screen.js";
import { counted } from "./words.js";

/** Prints the branches of a push that waits, with the commits and files they bring. */
export function printPush(screen: Screen, { content }: GateView): void {
  for (const ref of content?.push?.refs ?? []) printRef(screen, ref);
}

function printRef(screen: Screen, { ref, from, to, base, whyNoDiff, ...change }: PushedRef): void {
  const { commits = [], moreCommits = 0, files = [], moreFiles = 0 } = change;
  const state = to === null ? "deleted" : from === null ? "new" : `was ${short(from)}`;
  const against = base === undefined ? "" : `, compared with ${short(base)}`;
  screen.line([strong(ref.replace(/^refs\/heads\//, "")), dim(` (${state}${against})`)], { indent: 2 });
  for (const { id, author, subject } of commits)
    screen.line([dim(`${short(id)} `), subject, dim(`  ${author}`)], { indent: 4, hang: 8 });
  if (moreCommits > 0) screen.line(dim(counted(moreCommits, "more commit")), { indent: 4 });
  for (const { path, added, removed } of files)
    screen.line(added === undefined ? [path, dim("  binary")] : [path, ...linesOf(added, removed ?? 0)], { indent: 4 });
  if (moreFiles > 0) screen.line(dim(counted(moreFiles, "more file")), { indent: 4 });
  if (whyNoDiff !== undefined) screen.line(dim(whyNoDiff), { indent: 4 });
}

function linesOf(added: number, removed: number): Piece[] {
  return [" ", styled("good", ` +${added}`), styled("bad", ` -${removed}`)];
}

const short = (id: string) => id.slice(0, 7);

/** Reads the diffs of a push that waits and prints them. Refuses a diff whose bytes are not those that the gate's hash covers. */
export async function printDiffs(context: Context, { api, roomId }: RoomAccess, gate: GateView): Promise<void> {
  const { screen } = context;
  for (const [at, { diff }] of (gate.content?.push?.refs ?? []).entries()) {
    if (!diff) continue;
    const parts = { id: roomId, gateId: gate.gateId, at: String(at) };
    const { text, isCut } = await api.call("readGateDiff", { parts });
    if (createHash("sha256").update(text, "utf8").digest("hex") !== diff.sha256) {
      throw new RefusedError("The diff that the server sent is not the one this gate stands for. Nothing was decided.");
    }
    for (const line of text.replace(/\n$/, "").split("\n")) screen.line(lineOf(line), { indent: 2 });
    if (isCut)
      screen.line(dim("There is more; it is not kept. Look into the work folder for the rest."), { indent: 2 });
  }
}

function lineOf(line: string): Piece {
  if (/^(diff |index |--- |\+\+\+ |@@)/.test(line)) return dim(line);
  if (line.startsWith("+")) return styled("good", line);
  return line.startsWith("-") ? styled("bad", line) : line;
}
