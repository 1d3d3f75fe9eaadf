import { PortError } from "../../ports/port-error.js";
import type { CliCommand, Context, Typed } from "../command.js";
import { RefusedError, UsageError } from "../errors.js";
import { dim, type Screen, styled } from "../screen.js";
import type { MoveResult } from "../surroundings.js";
import { safeJson } from "../visible.js";
import { counted } from "../words.js";

/** Runs while no server does: it opens both logs itself. */
export const moveLogCommand: CliCommand = {
  path: ["move-log"],
  summary: "copy all rooms to another log, while Parley is stopped",
  details:
    "Copies every stream and every attached file, compares both copies by hash, and changes nothing where it copies from. A place is a data folder, " +
    "DATABASE_URL (the PostgreSQL of that setting), or, to copy from, DURABLE_STREAMS_URL. The target has to be empty, or hold the beginning of the same. " +
    "Stopped or killed, it goes on where it was when it is run again; until it has ended, no Parley process starts on the target.",
  arguments: [],
  options: {
    from: { help: "where the rooms are", value: "<place>" },
    to: { help: "where they are to be", value: "<place>" },
  },
  examples: ["parley move-log --from .parley --to DATABASE_URL", "parley move-log --from DATABASE_URL --to .parley"],
  async run(context, typed) {
    const { screen, json } = context;
    const places = { from: placeOf(typed, "from"), to: placeOf(typed, "to") };
    const result = await move(context, places);
    if (json) screen.json(safeJson(result));
    else print(screen, result, places);
    return undefined;
  },
};

interface Places {
  from: string;
  to: string;
}

function placeOf(typed: Typed, option: "from" | "to"): string {
  const place = typed.text(option);
  if (place !== undefined && place !== "") return place;
  throw new UsageError(`parley move-log needs --${option}: a data folder, or DATABASE_URL.`);
}

const doing = { files: "files copied", commits: "commits copied", compare: "streams compared" } as const;

async function move(context: Context, places: Places): Promise<MoveResult> {
  const { screen, json, env, cwd, signal } = context;
  const onProgress = ({ step, done }: { step: keyof typeof doing; done: number }) => {
    if (!json) screen.status([dim(`${done} ${doing[step]}`)]);
  };
  try {
    return await context.moveLog({ ...places, cwd, env, signal, onProgress, onWarning: (text) => screen.note(text) });
  } catch (error) {
    if (error instanceof PortError || (error instanceof Error && "syscall" in error))
      throw new RefusedError(error.message);
    throw error;
  } finally {
    screen.status(undefined);
  }
}

function print(screen: Screen, result: MoveResult, places: Places): void {
  const { streams, commits, files, bytes, copiedCommits, copiedFiles, format, sha256 } = result;
  screen.line([
    styled("good", "The same in both"),
    `: ${counted(streams, "stream")} with ${counted(commits, "commit")}, ${counted(files, "file")} with ${counted(bytes, "byte")}, format ${format}.`,
  ]);
  screen.line(`Copied in this run: ${counted(copiedCommits, "commit")}, ${counted(copiedFiles, "file")}.`);
  screen.line(dim(`sha256 of all streams: ${sha256}`));
  screen.line(nextStep(places));
}

/** What to set for Parley now. A data folder has its secret and admin token in files, which are not copied; elsewhere they are settings. */
function nextStep({ from, to }: Places): string {
  const place =
    to === "DATABASE_URL"
      ? "set DATABASE_URL for Parley"
      : "unset DATABASE_URL and DURABLE_STREAMS_URL for Parley, set PARLEY_DATA_DIR to that folder";
  const isFolder = from !== "DATABASE_URL" && from !== "DURABLE_STREAMS_URL";
  const secrets = isFolder
    ? "and PARLEY_SECRET and PARLEY_ADMIN_TOKEN to what the data folder you copied from has in its files secret and admin-token, unless they are set already"
    : "and keep PARLEY_SECRET and PARLEY_ADMIN_TOKEN";
  return `Next: ${place}, ${secrets}.`;
}
