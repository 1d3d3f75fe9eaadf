import { resolve } from "node:path";
import { PortError } from "../../ports/port-error.js";
import type { CliCommand, Context } from "../command.js";
import { exitCodes, RefusedError } from "../errors.js";
import { dim, styled } from "../screen.js";
import { dataDirOf } from "../server.js";
import type { KeptContents } from "../surroundings.js";
import { safeJson } from "../visible.js";
import { counted } from "../words.js";

const backupCommand: CliCommand = {
  path: ["backup"],
  summary: "copy the data folder, also while the server runs",
  details:
    "The copy holds the rooms as they are at one moment, what agents did, attached files, the signing key and the admin token, and it is read to its end before it gets its name: " +
    "keep it as secret as the rooms. Homes and work folders of agents are not in it. Rooms in PostgreSQL are backed up with pg_dump.",
  arguments: [{ name: "folder", help: "where the copy is to be; must not exist" }],
  options: {},
  examples: ['parley backup "backups/$(date +%F)"', "parley backup /mnt/backup/parley --data-dir /var/lib/parley"],
  async run(context, typed) {
    const { screen, json, cwd, env } = context;
    const to = resolve(cwd, typed.argument("folder"));
    const result = await told(context, (progress) =>
      context.backUp({ dataDir: dataDirOf(context), to, env, nowMs: context.now(), ...progress }),
    );
    if (json) screen.json(safeJson(result));
    else {
      printContents(context, `Backed up to ${result.to}`, result);
      screen.line(
        `Restore it with: parley restore ${result.to} --data-dir <new folder>. It holds every message and key: keep it secret.`,
      );
    }
    for (const name of result.damagedFiles)
      screen.note(`The attached file ${name} is damaged in the data folder; the copy has it as it is.`);
    return result.damagedFiles.length > 0 ? exitCodes.refused : undefined;
  },
};

const restoreCommand: CliCommand = {
  path: ["restore"],
  summary: "make a data folder of a backup",
  details:
    "Every file is compared with its hash and the log is read to its end before the folder gets its name. The folder (--data-dir, PARLEY_DATA_DIR, default .parley) must be empty or not " +
    "exist: nothing is ever replaced. Agents keep their homes and work folders where those are still there.",
  arguments: [{ name: "backup", help: "a folder that parley backup made" }],
  options: {},
  examples: ["parley restore backups/2026-11-30 --data-dir restored", "parley restore /mnt/backup/parley"],
  async run(context, typed) {
    const { screen, json, cwd } = context;
    const from = resolve(cwd, typed.argument("backup"));
    const result = await told(context, (progress) =>
      context.restore({ from, dataDir: dataDirOf(context), ...progress }),
    );
    if (json) screen.json(safeJson(result));
    else {
      printContents(context, `Restored to ${result.dataDir}`, result);
      screen.line(
        `It is of ${new Date(result.madeAtMs).toISOString()}, made by Parley ${result.parley}. Start it with: PARLEY_DATA_DIR=${result.dataDir} parley up`,
      );
    }
    return undefined;
  },
};

/** `parley backup` and `parley restore`. */
export const backupCommands: readonly CliCommand[] = [backupCommand, restoreCommand];

type Told = Pick<Parameters<Context["backUp"]>[0], "signal" | "onProgress" | "onWarning">;

/** With the progress on the status line, and what went wrong in words. */
async function told<Result>({ screen, json, signal }: Context, work: (told: Told) => Promise<Result>): Promise<Result> {
  const onProgress = ({ files }: { files: number }) => {
    if (!json) screen.status([dim(`${files} files copied`)]);
  };
  try {
    return await work({ signal, onProgress, onWarning: (text) => screen.note(text) });
  } catch (error) {
    if (error instanceof PortError || (error instanceof Error && "syscall" in error))
      throw new RefusedError(error.message);
    throw error;
  } finally {
    screen.status(undefined);
  }
}

function printContents({ screen }: Context, title: string, contents: KeptContents): void {
  const { streams, commits, unreadable, files, format, sha256 } = contents;
  screen.line([
    styled("good", title),
    `: ${counted(streams, "stream")} with ${counted(commits, "commit")}, ${counted(files, "attached file")}, format ${format}.`,
  ]);
  if (unreadable > 0) screen.line(styled("warn", `${counted(unreadable, "commit")} of them cannot be read.`));
  screen.line(dim(`sha256 of all streams: ${sha256}`));
}
