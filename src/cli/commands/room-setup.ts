import { askYes, canAsk } from "../ask.js";
import type { CliCommand, Context, RoomAccess, Typed } from "../command.js";
import { RefusedError, UsageError } from "../errors.js";
import { findRoom } from "../find-room.js";
import { decidableSetup, printSetup, type ShownSetup } from "../show-setup.js";
import { safeJson } from "../visible.js";
import { counted } from "../words.js";
import { done, roomArgument } from "./room.js";

/** `parley room setup`: shows the set-up for agents that a room's repository brings along, and decides on it. */
export const roomSetupCommand: CliCommand = {
  path: ["room", "setup"],
  summary: "look at what a repository sets up for agents, and say what they may use",
  details:
    "CLAUDE.md, AGENTS.md, skills, MCP servers and hooks of the room's repository are used only when an owner says so. " +
    "All of the text is shown before you are asked. In a pipe nobody can be asked: there --yes and --hash are needed, " +
    "so that what is decided is what was looked at. Agents have the decision from their next turn.",
  arguments: [roomArgument],
  options: {
    use: { help: "a file or folder that agents use, or all; others are not used", value: "<path>", many: true },
    refuse: { help: "agents use nothing of it" },
    yes: { help: "do not ask; only together with --hash" },
    hash: { help: "hash of what you decide on, as it was shown", value: "<hash>" },
  },
  examples: [
    "parley room setup demo",
    "parley room setup demo --use CLAUDE.md --use .claude/skills/notes",
    "parley room setup demo --use all --yes --hash 9f86d081…",
    "parley room setup demo --refuse",
  ],
  async run(context, typed) {
    const isDecision = checkDecision(context, typed);
    const access = await findRoom(context, typed.argument("room"));
    const answer = await access.api.call("getSetup", { parts: { id: access.roomId } });
    if (!isDecision && context.json) context.screen.json(safeJson(answer));
    else if (!answer.offered) noneFound(context, isDecision);
    else if (isDecision) await decide(context, typed, { access, setup: decidableSetup(answer.offered) });
    else printAll(context, { access, setup: decidableSetup(answer.offered), used: answer.used });
    return undefined;
  },
};

/** Whether something is decided. Throws a `UsageError` for options that do not go together, before anything is asked of the server. */
function checkDecision(context: Context, typed: Typed): boolean {
  const isUse = typed.texts("use").length > 0;
  if (isUse && typed.isOn("refuse")) throw new UsageError("--use and --refuse do not go together.");
  if (!isUse && !typed.isOn("refuse")) return false;
  const isBound = typed.isOn("yes") && typed.text("hash") !== undefined;
  if (typed.isOn("yes") && !isBound)
    throw new UsageError("--yes goes only together with --hash, so that what is decided is what you saw.");
  if (!canAsk(context) && !isBound)
    throw new UsageError(
      "Nobody can be asked here (this is not a terminal), so --yes and --hash are both needed; parley room setup <room> shows the hash. Nothing was decided.",
    );
  return true;
}

function noneFound({ screen }: Context, isDecision: boolean): void {
  const text = "No set-up for agents was found in this room's repository yet; it is looked at when an agent starts.";
  if (isDecision) throw new RefusedError(`${text} Nothing was decided.`);
  screen.line(text);
}

function printAll(
  { screen }: Context,
  { access, setup, used }: { access: RoomAccess; setup: ShownSetup; used: { files: readonly unknown[] } | undefined },
): void {
  printSetup(screen, setup);
  const inUse = used?.files.length ?? 0;
  screen.line(inUse === 0 ? "Agents use nothing of a set-up now." : `Agents use ${counted(inUse, "file")} now.`);
  screen.line(`Decide: parley room setup ${access.roomId} --use all | --use <path> … | --refuse`);
}

async function decide(
  context: Context,
  typed: Typed,
  { access, setup }: { access: RoomAccess; setup: ShownSetup },
): Promise<void> {
  const use = pathsToUse(typed.texts("use"), setup);
  const given = typed.text("hash");
  if (given !== undefined && given !== setup.hash)
    throw new RefusedError("The set-up is not what your --hash stands for. Nothing was decided; look at it again.");
  if (!typed.isOn("yes")) {
    printSetup(context.screen, setup);
    const question = use.length === 0 ? "Use nothing of it?" : `Let agents use ${use.join(", ")}?`;
    if (!(await askYes(context, question))) throw new RefusedError("Nothing was decided.");
  }
  const body = { hash: setup.hash, use };
  const answer = await access.api.call("decideSetup", { parts: { id: access.roomId }, body });
  const what = use.length === 0 ? "nothing of the set-up" : use.join(", ");
  done(context, answer, `${access.name}: agents use ${what}, each from its next turn.`);
}

/** The files that were named, those of a named folder, or all. Throws a `UsageError` for a name the set-up does not have. */
function pathsToUse(named: readonly string[], { files }: ShownSetup): string[] {
  const isNamed = (path: string, name: string) =>
    name === "all" || path === name || path.startsWith(`${name.replace(/\/$/, "")}/`);
  const unknown = named.find((name) => !files.some(({ path }) => isNamed(path, name)));
  if (unknown !== undefined)
    throw new UsageError(`The set-up has no “${unknown}”; it has ${files.map(({ path }) => path).join(", ")}.`);
  return files.flatMap(({ path }) => (named.some((name) => isNamed(path, name)) ? [path] : []));
}
