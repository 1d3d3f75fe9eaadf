import { InterruptedError } from "../../client/errors.js";
import type { ChatSetup } from "../../ports/chat-setup.js";
import type { CliCommand, Context, Typed } from "../command.js";
import { dataDirOf, isProcessAlive, readRunFile } from "../server.js";
import { setUpDiscord } from "../setup/discord.js";
import { createPrompts } from "../setup/prompts.js";
import { setUpSlack } from "../setup/slack.js";
import { explainStep, refuseWhere, showFinding, type Wizard } from "../setup/wizard.js";

type Platform = "slack" | "discord";

const options: CliCommand["options"] = {
  approvers: { help: "people who may decide in every room, by their names there", value: "name,name" },
  channel: { help: "public channel for the first card", value: "name" },
  "public-url": { help: "address at which people reach Parley in a browser", value: "url" },
  "no-start": { help: "do not start Parley at the end" },
};

const details =
  "It asks for what it needs, tries each value at once, and writes .env (for this user alone; everything else in it stays). It prints no secret. Run it again to go on where it ended, or to change something.";

const command = (platform: Platform, title: string, run: (wizard: Wizard) => Promise<void>): CliCommand => ({
  path: ["setup", platform],
  summary: `connect Parley with ${title}, step by step`,
  details,
  arguments: [],
  options,
  examples: [`parley setup ${platform}`, `parley setup ${platform} --approvers mia --channel general`],
  run: (context, typed) => setUp(context, { platform, typed, run }),
});

/** `parley setup slack` and `parley setup discord`. */
export const setupCommands: readonly CliCommand[] = [
  command("slack", "Slack", setUpSlack),
  command("discord", "Discord", setUpDiscord),
];

interface SetUpOptions {
  platform: Platform;
  typed: Typed;
  run(wizard: Wizard): Promise<void>;
}

async function setUp(context: Context, { platform, typed, run }: SetUpOptions): Promise<number | undefined> {
  refuseWhere(context, platform);
  const setup = await context.chatSetup(platform);
  const prompts = createPrompts(context);
  try {
    const wizard = wizardOf({ context, setup, prompts, typed });
    await run(wizard).catch((error: unknown) => {
      if (error instanceof InterruptedError) sayLeft(wizard, platform);
      throw error;
    });
    await conclude(wizard);
    prompts.close();
    return await start(wizard, typed);
  } finally {
    prompts.close();
  }
}

/** The steps of `parley setup` within another set-up, without a start at the end. */
export async function setUpChat(
  context: Context,
  { platform, prompts }: { platform: Platform; prompts: Wizard["prompts"] },
): Promise<void> {
  const setup = await context.chatSetup(platform);
  const none = { approvers: undefined, channel: undefined, publicUrl: undefined };
  const wizard: Wizard = { context, setup, prompts, options: none, values: { ...context.env }, written: {} };
  await (platform === "slack" ? setUpSlack : setUpDiscord)(wizard);
  await conclude(wizard);
}

/** On Ctrl-C and at the end of the input. */
function sayLeft({ context: { screen }, written }: Wizard, platform: Platform): void {
  const keys = Object.keys(written);
  const kept = keys.length === 0 ? "Nothing was written" : `.env keeps ${keys.join(", ")}`;
  screen.note(`The set-up was left before its end. ${kept}. Go on with parley setup ${platform}.`);
}

function wizardOf({
  context,
  setup,
  prompts,
  typed,
}: {
  context: Context;
  setup: ChatSetup;
  prompts: Wizard["prompts"];
  typed: Typed;
}): Wizard {
  const given = {
    approvers: typed.text("approvers"),
    channel: typed.text("channel"),
    publicUrl: typed.text("public-url"),
  };
  return { context, setup, prompts, options: given, values: { ...context.env }, written: {} };
}

/** Looks at everything once more, with the eyes of `parley doctor`. */
async function conclude(wizard: Wizard): Promise<void> {
  const keys = Object.keys(wizard.written);
  explainStep(
    wizard,
    "Done",
    keys.length === 0 ? ["Nothing had to be written."] : [`Written into .env: ${keys.join(", ")}.`],
  );
  for (const finding of await wizard.setup.check(wizard.values)) showFinding(wizard, finding);
}

async function start({ context, written }: Wizard, typed: Typed): Promise<number | undefined> {
  const { screen } = context;
  const run = await readRunFile(dataDirOf(context));
  if (run !== undefined && isProcessAlive(run.pid)) {
    screen.line("Parley runs already: restart it, then type /room new in a channel.");
    return undefined;
  }
  if (typed.isOn("no-start") || context.startServer === undefined) {
    screen.line("Start Parley with parley up, then type /room new in a channel.");
    return undefined;
  }
  screen.line("Parley starts now. Type /room new in a channel.");
  return context.startServer(written);
}
