import { createHash } from "node:crypto";
import { runsCommands, setupHash } from "../core/room/setup.js";
import type { SetupFileView, SetupView } from "../protocol/setups.js";
import { RefusedError } from "./errors.js";
import { dim, type Screen, strong, styled } from "./screen.js";
import { hasHidden } from "./visible.js";
import { counted } from "./words.js";

/** A set-up all of which can be shown, so that its owner may decide on it. */
export interface ShownSetup {
  hash: string;
  commit: string;
  files: (SetupFileView & { text: string })[];
  refused: readonly { path: string; why: string }[];
  isOpen: boolean;
}

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

/** The offered set-up in decidable form. Refuses one that cannot be shown whole, or whose texts are not those its hash stands for. */
export function decidableSetup(offered: NonNullable<SetupView["offered"]>): ShownSetup {
  const files = offered.files.flatMap((file) => {
    const { text } = file;
    return text !== undefined && sha256(text) === file.sha256 ? [{ ...file, text }] : [];
  });
  const isWhole = files.length === offered.files.length && setupHash(offered.files, sha256) === offered.hash;
  if (!isWhole)
    throw new RefusedError(
      "What the server sent of this set-up is not what its hash stands for, or a text of it is gone. Nothing was decided.",
    );
  return { ...offered, files };
}

/** Prints a set-up with all of its text. */
export function printSetup(screen: Screen, { hash, commit, files, refused, isOpen }: ShownSetup): void {
  const state = isOpen ? styled("gate", "nobody has decided on it yet") : "decided";
  screen.line([`Set-up of the repository at commit ${commit.slice(0, 12)}: `, state]);
  for (const file of files) printFile(screen, file);
  for (const { path, why } of refused) screen.line([strong(path), ` cannot be used: ${why}`]);
  if (files.some(({ text }) => hasHidden(text)))
    screen.line(
      styled("warn", "It holds characters that cannot be seen or would steer a terminal; they are shown as escapes."),
    );
  screen.line(dim(`hash ${hash}`));
}

function printFile(screen: Screen, file: ShownSetup["files"][number]): void {
  const { path, bytes, text, used } = file;
  const effect = runsCommands(file)
    ? styled("warn", "  RUNS commands in the agents' containers")
    : dim(`  ${file.kind}, read by the agents`);
  screen.line([strong(path), dim(`  ${counted(bytes, "byte")}`), effect, used ? styled("good", "  in use") : ""]);
  screen.line(text.replace(/\n$/, ""), { indent: 2, bar: true });
}
