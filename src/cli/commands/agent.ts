import type { AgentBody } from "../../protocol/agents.js";
import type { ArgumentSpec, CliCommand, Context, RoomAccess, Typed } from "../command.js";
import { UsageError } from "../errors.js";
import { findRoom } from "../find-room.js";
import { parseGatePolicy, readJson, readText } from "../input.js";
import { holdsInWords } from "../words.js";
import { done, roomArgument } from "./room.js";

const agentArgument: ArgumentSpec = { name: "agent", help: "name of the agent" };
const gateOption = {
  help: "which of its messages wait for a person: never, always, first, or JSON",
  value: "<policy>",
};
const modelOption = { help: "model it runs on", value: "<model>" };
const effortOption = {
  help: "how hard its model thinks: a word of its runtime, such as low or high",
  value: "<effort>",
};
const modeOption = { help: "how it works: a word of its runtime, such as plan or acceptEdits", value: "<mode>" };
const promptOptions = {
  prompt: { help: "standing instructions", value: "<text>" },
  "prompt-file": { help: "file with standing instructions; - is standard input", value: "<file>" },
};

const agentAdd: CliCommand = {
  path: ["agent", "add"],
  summary: "let an agent join a room",
  arguments: [roomArgument, agentArgument],
  options: {
    role: { help: "its role, such as coder, reviewer or planner", value: "<role>" },
    runtime: { help: "what runs it (default claude-code where usable, else scripted)", value: "<runtime>" },
    script: { help: "JSON file with its rules, for scripted agents", value: "<file>" },
    ...promptOptions,
    "initial-prompt": { help: "its first message, from you", value: "<text>" },
    gate: gateOption,
    model: modelOption,
    effort: effortOption,
    mode: modeOption,
  },
  examples: [
    "parley agent add demo tester --role reviewer --gate first",
    "parley agent add demo echo --runtime scripted --script echo.json",
    `parley agent add demo docs --prompt "Keep the README true." --initial-prompt "Read it and list what is wrong."`,
  ],
  async run(context, typed) {
    const body = await agentBody(context, typed);
    const { api, roomId } = await findRoom(context, typed.argument("room"));
    const answer = await api.call("addAgent", { parts: { id: roomId }, body });
    done(context, answer, `${typed.argument("agent")} joined.`);
    return undefined;
  },
};

async function agentBody(context: Context, typed: Typed): Promise<AgentBody> {
  const [runtime, script] = [typed.text("runtime"), typed.text("script")];
  const initialPrompt = typed.text("initial-prompt");
  return {
    name: typed.argument("agent"),
    ...(runtime !== undefined && { runtime }),
    // The server checks its rules.
    ...(script !== undefined && { script: (await readJson(context, script)) as AgentBody["script"] }),
    ...(initialPrompt !== undefined && { initialPrompt }),
    ...(await settingsBody(context, typed)),
  };
}

/** Settings that an agent can be given when it is added and later. */
async function settingsBody(context: Context, typed: Typed) {
  const [gate, promptFile] = [typed.text("gate"), typed.text("prompt-file")];
  const prompt = promptFile === undefined ? typed.text("prompt") : await readText(context, promptFile);
  const words = ["role", "model", "effort", "mode"].flatMap((name) => {
    const value = typed.text(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...(Object.fromEntries(words) as { role?: string; model?: string; effort?: string; mode?: string }),
    ...(prompt !== undefined && { prompt }),
    ...(gate !== undefined && { gate: parseGatePolicy(gate, "--gate") }),
  };
}

const agentSet: CliCommand = {
  path: ["agent", "set"],
  summary: "change what an agent works by; a running one has it at its next turn at the latest",
  arguments: [roomArgument, agentArgument],
  options: {
    role: { help: "its role, such as coder, reviewer or planner", value: "<role>" },
    ...promptOptions,
    gate: gateOption,
    model: modelOption,
    effort: effortOption,
    mode: modeOption,
    budget: { help: "what it may spend in all, in US dollars; its other limits stay", value: "<usd>" },
  },
  examples: [
    "parley agent set demo coder --gate never",
    `parley agent set demo coder --gate '{"to":["room"]}'`,
    "parley agent set demo coder --model opus --effort high",
  ],
  async run(context, typed) {
    const [usd, settings] = [budgetOf(typed.text("budget")), await settingsBody(context, typed)];
    if (usd === undefined && Object.keys(settings).length === 0)
      throw new UsageError("agent set needs --role, --prompt, --gate, --model, --effort, --mode or --budget.");
    const access = await findRoom(context, typed.argument("room"));
    const { api, roomId } = access;
    const name = typed.argument("agent");
    const body = { ...settings, ...(usd !== undefined && { budget: { ...(await limitsOf(access, name)), usd } }) };
    const answer = await api.call("configureAgent", { parts: { id: roomId, name }, body });
    done(context, answer, `${name} is changed: ${holdsInWords(answer.members)}.`);
    return undefined;
  },
};

/** The limits that the agent has. A budget replaces all of them, so those that are not typed are sent again. */
async function limitsOf({ api, roomId }: RoomAccess, name: string) {
  const { agents } = await api.call("getRoomUsage", { parts: { id: roomId } });
  return agents.find((agent) => agent.name === name.toLowerCase())?.limits;
}

function budgetOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const usd = Number(text.replace(/^\$/, ""));
  if (usd > 0 && Number.isFinite(usd)) return usd;
  throw new UsageError(`--budget is “${text}”; expected a number of US dollars above zero.`);
}

const agentFresh: CliCommand = {
  path: ["agent", "fresh"],
  summary: "give an agent a new conversation on the same work folder",
  details:
    "For a conversation that its model's provider refuses, or that went astray. What the agent remembered is gone; its files stay, and Parley tells it the last messages of the room. " +
    "A turn under way is cut off, and its messages are delivered again.",
  arguments: [roomArgument, agentArgument],
  options: {},
  examples: ["parley agent fresh demo coder"],
  async run(context, typed) {
    const { api, roomId } = await findRoom(context, typed.argument("room"));
    const parts = { id: roomId, name: typed.argument("agent") };
    const text = `${typed.argument("agent")} begins a new conversation with its next message. What failed is delivered again with: parley retry`;
    done(context, await api.call("freshAgent", { parts }), `${text} ${typed.argument("room")}`);
    return undefined;
  },
};

const agentRemove: CliCommand = {
  path: ["agent", "remove"],
  summary: "let an agent leave: its turn is cancelled, what waits for it expires",
  arguments: [roomArgument, agentArgument],
  options: {},
  examples: ["parley agent remove demo tester"],
  async run(context, typed) {
    const { api, roomId } = await findRoom(context, typed.argument("room"));
    const parts = { id: roomId, name: typed.argument("agent") };
    done(context, await api.call("removeAgent", { parts }), `${typed.argument("agent")} left.`);
    return undefined;
  },
};

const agentInterrupt: CliCommand = {
  path: ["agent", "interrupt"],
  summary: "stop what an agent is doing now",
  arguments: [roomArgument, agentArgument],
  options: {},
  examples: ["parley agent interrupt demo coder"],
  async run(context, typed) {
    const { api, roomId } = await findRoom(context, typed.argument("room"));
    const parts = { id: roomId, name: typed.argument("agent") };
    done(context, await api.call("interruptAgent", { parts }), `${typed.argument("agent")} was interrupted.`);
    return undefined;
  },
};

const agentMove: CliCommand = {
  path: ["agent", "move"],
  summary: "let another process run an agent whose own is gone for good; what it remembered stays behind",
  arguments: [roomArgument, agentArgument],
  options: {},
  examples: ["parley agent move demo coder"],
  async run(context, typed) {
    const { api, roomId } = await findRoom(context, typed.argument("room"));
    const parts = { id: roomId, name: typed.argument("agent") };
    const answer = await api.call("moveAgent", { parts });
    done(
      context,
      answer,
      `${typed.argument("agent")} has no home now; the process that runs its next turn becomes it.`,
    );
    return undefined;
  },
};

export const agentCommands: readonly CliCommand[] = [
  agentAdd,
  agentSet,
  agentFresh,
  agentRemove,
  agentInterrupt,
  agentMove,
];
