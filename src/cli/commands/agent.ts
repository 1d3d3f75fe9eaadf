import type { AgentBody } from "../../protocol/agents.js";
import type { ArgumentSpec, Command, Context, Typed } from "../command.js";
import { UsageError } from "../errors.js";
import { findRoom } from "../find-room.js";
import { parseGatePolicy, readJson, readText } from "../input.js";
import { done, roomArgument } from "./room.js";

const agentArgument: ArgumentSpec = { name: "agent", help: "name of the agent" };
const gateOption = {
  help: "which of its messages wait for a person: never, always, first, or JSON",
  value: "<policy>",
};
const modelOption = { help: "model it runs on", value: "<model>" };

const agentAdd: Command = {
  path: ["agent", "add"],
  summary: "let an agent join a room",
  arguments: [roomArgument, agentArgument],
  options: {
    role: { help: "its role, such as coder, reviewer or planner", value: "<role>" },
    runtime: { help: "what runs it (default claude-code where usable, else scripted)", value: "<runtime>" },
    script: { help: "JSON file with its rules, for scripted agents", value: "<file>" },
    prompt: { help: "standing instructions", value: "<text>" },
    "prompt-file": { help: "file with standing instructions; - is standard input", value: "<file>" },
    gate: gateOption,
    model: modelOption,
  },
  examples: [
    "parley agent add demo tester --role reviewer --gate first",
    "parley agent add demo echo --runtime scripted --script echo.json",
    `parley agent add demo docs --prompt "Keep the README true."`,
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
  const [role, runtime, model] = [typed.text("role"), typed.text("runtime"), typed.text("model")];
  const [script, gate, promptFile] = [typed.text("script"), typed.text("gate"), typed.text("prompt-file")];
  const prompt = promptFile === undefined ? typed.text("prompt") : await readText(context, promptFile);
  return {
    name: typed.argument("agent"),
    ...(role !== undefined && { role }),
    ...(runtime !== undefined && { runtime }),
    // The server checks its rules.
    ...(script !== undefined && { script: (await readJson(context, script)) as AgentBody["script"] }),
    ...(prompt !== undefined && { prompt }),
    ...(gate !== undefined && { gate: parseGatePolicy(gate, "--gate") }),
    ...(model !== undefined && { model }),
  };
}

const agentSet: Command = {
  path: ["agent", "set"],
  summary: "change when an agent's messages are held, or its model",
  arguments: [roomArgument, agentArgument],
  options: { gate: gateOption, model: modelOption },
  examples: ["parley agent set demo coder --gate never", `parley agent set demo coder --gate '{"to":["room"]}'`],
  async run(context, typed) {
    const [gate, model] = [typed.text("gate"), typed.text("model")];
    if (gate === undefined && model === undefined) throw new UsageError("agent set needs --gate or --model.");
    const body = {
      ...(gate !== undefined && { gate: parseGatePolicy(gate, "--gate") }),
      ...(model !== undefined && { model }),
    };
    const { api, roomId } = await findRoom(context, typed.argument("room"));
    const parts = { id: roomId, name: typed.argument("agent") };
    done(context, await api.call("configureAgent", { parts, body }), `${typed.argument("agent")} is changed.`);
    return undefined;
  },
};

const agentRemove: Command = {
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

const agentInterrupt: Command = {
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

const agentMove: Command = {
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

export const agentCommands: readonly Command[] = [agentAdd, agentSet, agentRemove, agentInterrupt, agentMove];
