import type { SpendingStateView, SpentView } from "../../protocol/spending.js";
import type { CliCommand, Context } from "../command.js";
import { findRoom } from "../find-room.js";
import { dim, strong, styled } from "../screen.js";
import { connectToServer } from "../server.js";
import { safeJson } from "../visible.js";
import { durationText } from "../words.js";

const usage: CliCommand = {
  path: ["usage"],
  summary: "what models cost today, this month and in all: of a room, or of everything",
  details: "Days and months are those of UTC. Without a room it takes the admin token.",
  arguments: [{ name: "room", help: "id or name of the room; without one: the installation", optional: true }],
  options: {},
  examples: ["parley usage demo", "parley usage"],
  async run(context, typed) {
    const name = typed.optionalArgument("room");
    if (name === undefined) await showInstallation(context);
    else await showRoom(context, name);
    return undefined;
  },
};

async function showRoom(context: Context, name: string): Promise<void> {
  const { api, roomId } = await findRoom(context, name, { reads: true });
  const answer = await api.call("getRoomUsage", { parts: { id: roomId } });
  if (context.json) {
    context.screen.json(safeJson(answer));
    return;
  }
  printAccount(context, "room", answer.room);
  for (const agent of answer.agents) printAccount(context, agent.name, agent);
}

async function showInstallation(context: Context): Promise<void> {
  const api = await connectToServer(context);
  const answer = await api.call("getUsage", {});
  if (context.json) {
    context.screen.json(safeJson(answer));
    return;
  }
  printAccount(context, "installation", answer.installation);
  for (const person of answer.persons) printAccount(context, person.payer, person);
}

function printAccount({ screen }: Context, name: string, { today, month, total, limits }: SpentView): void {
  const sums = [
    `today ${sum(today.usd, limits.usdPerDay)}`,
    `this month ${sum(month.usd, limits.usdPerMonth)}`,
    `total ${sum(total.usd, limits.usd)}`,
  ];
  const tokens = limits.tokens === undefined ? "" : ` of ${limits.tokens}`;
  screen.line([strong(name), `  ${sums.join(", ")}`, dim(`, ${total.tokens}${tokens} tokens`)], { hang: 2 });
}

function sum(usd: number, limit: number | undefined): string {
  return `$${usd.toFixed(2)}${limit === undefined ? "" : ` of $${limit}`}`;
}

const show: CliCommand = {
  path: ["spending", "show"],
  summary: "whether all spending is stopped",
  arguments: [],
  options: {},
  examples: ["parley spending show"],
  async run(context) {
    const api = await connectToServer(context);
    printState(context, await api.call("getSpending", {}));
    return undefined;
  },
};

const stop: CliCommand = {
  path: ["spending", "stop"],
  summary: "stop all spending at once: no agent of any room calls its model",
  details:
    "It holds at every process and over restarts until parley spending resume. Calls under way end by themselves; messages to agents wait.",
  arguments: [],
  options: { reason: { help: "why, for the people in the rooms", value: "<text>" } },
  examples: ['parley spending stop --reason "the bill is too high"'],
  async run(context, typed) {
    const api = await connectToServer(context);
    const reason = typed.text("reason");
    printState(
      context,
      await api.call("setSpending", { body: { stopped: true, ...(reason !== undefined && { reason }) } }),
    );
    return undefined;
  },
};

const resume: CliCommand = {
  path: ["spending", "resume"],
  summary: "let agents call their models again",
  arguments: [],
  options: {},
  examples: ["parley spending resume"],
  async run(context) {
    const api = await connectToServer(context);
    printState(context, await api.call("setSpending", { body: { stopped: false } }));
    return undefined;
  },
};

function printState({ screen, json, now }: Context, state: SpendingStateView): void {
  const { stopped, by = "admin", reason, at } = state;
  if (json) {
    screen.json(safeJson(state));
    return;
  }
  if (!stopped) {
    screen.line("Spending is not stopped: agents may call their models within their budgets.");
    return;
  }
  const since = at === undefined ? "" : ` ${durationText(now() - at)} ago`;
  screen.line([
    styled("warn", "All spending is stopped"),
    `, by ${by}${since}${reason === undefined ? "" : `: ${reason}`}`,
  ]);
}

export const spendingCommands: readonly CliCommand[] = [usage, show, stop, resume];
