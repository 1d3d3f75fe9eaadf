import { InterruptedError } from "../../client/errors.js";
import type { CliCommand, Context, Typed } from "../command.js";
import { RefusedError, UsageError } from "../errors.js";
import { findCommand, parseTyped } from "../parse-args.js";
import { dim, strong, styled } from "../screen.js";
import { dataDirOf, isProcessAlive, readRunFile } from "../server.js";
import { writeEnvFile } from "../setup/env-file.js";
import { createPrompts, type Prompts } from "../setup/prompts.js";
import { envFileOf } from "../setup/wizard.js";
import { setUpChat } from "./setup.js";

const platforms = ["slack", "discord", "none"] as const;

/** From an empty folder to a room with agents. */
export const initCommand: CliCommand = {
  path: ["init"],
  summary: "set Parley up in this folder: data folder, model key, first room, chats",
  details:
    "It asks for what it needs and writes .env (for this user alone; everything else in it stays), starts the server, and makes the first room. It prints no secret. " +
    "Whatever an option gives is not asked for. Run it again to change something.",
  arguments: [],
  options: {
    room: { help: "name of the first room (default first)", value: "<name>" },
    "no-key": { help: "no model key: agents follow scripts" },
    chat: { help: "connect a chat too", value: "<chat>", choices: platforms },
    "no-start": { help: "write the settings only" },
  },
  examples: ["parley init", "parley init --no-key --chat none --room demo", "parley init --data-dir /srv/parley/data"],
  run: runInit,
};

async function runInit(context: Context, typed: Typed): Promise<undefined> {
  const prompts = createPrompts(context);
  const written: Record<string, string> = {};
  const keep = async (key: string, value: string) => {
    await writeEnvFile(envFileOf(context), { [key]: value });
    written[key] = value;
  };
  const asking: Asking = { context, typed, prompts, keep };
  let room: string;
  try {
    await askFolder(asking);
    await askKey(asking);
    await askChat(asking);
    room = await askRoom(asking);
  } catch (error) {
    if (error instanceof InterruptedError) sayLeft(context, written);
    throw error;
  } finally {
    prompts.close();
  }
  const keys = Object.keys(written);
  context.screen.line(keys.length === 0 ? "Nothing had to be written into .env." : `.env has ${keys.join(", ")}.`);
  await begin({ ...context, env: { ...context.env, ...written } }, { typed, room, written });
}

interface Asking {
  context: Context;
  typed: Typed;
  prompts: Prompts;
  keep(key: string, value: string): Promise<void>;
}

async function askFolder({ context, prompts, keep }: Asking): Promise<void> {
  const { globals, env, screen } = context;
  if (globals.dataDir !== undefined) return keep("PARLEY_DATA_DIR", globals.dataDir);
  if (env.PARLEY_DATA_DIR) return;
  screen.line([strong("Data folder"), ": rooms, files and keys lie here, for this user alone."]);
  const dir = await prompts.line("  Folder (Enter: .parley in this folder): ");
  if (dir !== "") await keep("PARLEY_DATA_DIR", dir);
}

/** The setting that a key of Anthropic's belongs in, by its form. */
const keyOf = (value: string): string =>
  value.startsWith("sk-ant-oat") ? "CLAUDE_CODE_OAUTH_TOKEN" : "ANTHROPIC_API_KEY";

async function askKey({ context, typed, prompts, keep }: Asking): Promise<void> {
  const { env, screen } = context;
  if (typed.isOn("no-key") || env.ANTHROPIC_API_KEY || env.CLAUDE_CODE_OAUTH_TOKEN) return;
  screen.line([
    strong("Model key"),
    ": an API key of Anthropic's, or a token of claude setup-token. It stays on this machine; agents never have it. Without one, agents follow demo scripts.",
  ]);
  for (;;) {
    const value = await prompts.secret("  Key, not shown (Enter: none): ");
    if (value === "") return;
    if (/^[!-~]{20,}$/.test(value)) return keep(keyOf(value), value);
    screen.line(styled("bad", `  This is no key: ${value.length} characters, or a space in it. Paste the whole key.`));
  }
}

async function askChat({ context, typed, prompts }: Asking): Promise<void> {
  const { screen } = context;
  let chat = typed.text("chat");
  if (chat === undefined) {
    screen.line([
      strong("Chats"),
      ": rooms can be threads in Slack or Discord too. parley setup does it later as well.",
    ]);
    chat = (await prompts.line("  slack, discord, or Enter for neither: ")).toLowerCase();
  }
  if (chat === "slack" || chat === "discord") return setUpChat(context, { platform: chat, prompts });
  if (chat !== "" && chat !== "none") throw new UsageError(`“${chat}” is no chat Parley knows: slack or discord.`);
}

async function askRoom({ context, typed, prompts }: Asking): Promise<string> {
  const given = typed.text("room");
  if (given !== undefined) return given;
  context.screen.line([strong("First room"), ": with a planner, a coder and a reviewer, and you as its owner."]);
  return (await prompts.line("  Its name (Enter: first): ")) || "first";
}

function sayLeft({ screen }: Context, written: Readonly<Record<string, string>>): void {
  const keys = Object.keys(written);
  const kept = keys.length === 0 ? "Nothing was written" : `.env keeps ${keys.join(", ")}`;
  screen.note(`parley init was left before its end. ${kept}. Go on with parley init.`);
}

interface Beginning {
  typed: Typed;
  room: string;
  written: Readonly<Record<string, string>>;
}

/** Starts the server, unless one runs or none is wanted, and makes the room with it. */
async function begin(context: Context, { typed, room, written }: Beginning): Promise<void> {
  const { screen } = context;
  const run = await readRunFile(dataDirOf(context));
  const runs = run !== undefined && isProcessAlive(run.pid);
  if (runs && Object.keys(written).length > 0)
    screen.line(styled("warn", "A server runs here already: restart it, so that it reads .env again."));
  if (!runs && (typed.isOn("no-start") || context.startServer === undefined)) {
    screen.line(`Next: parley up, then parley room new ${room} ${firstAgents.join(" ")}`);
    return;
  }
  if (!runs) {
    const failed = await context.startServer?.({ ...written, PARLEY_DEMO: "off" });
    if (failed !== undefined) throw new RefusedError("The server did not start, so there is no room yet.");
  }
  await runCommand(context, ["room", "new", room, ...firstAgents]);
  await runCommand(context, ["open", room]);
  if (!runs) screen.line(dim("The server runs in this terminal; Ctrl-C ends it, parley up starts it again."));
}

const firstAgents = ["--agent", "planner:planner", "--agent", "coder:coder", "--agent", "reviewer:reviewer"] as const;

async function runCommand(context: Context, words: readonly string[]): Promise<void> {
  const { command, rest } = findCommand(context.commands, words);
  if (command) await command.run(context, parseTyped(command, rest));
}
