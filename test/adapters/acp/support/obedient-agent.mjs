// An ACP agent on the SDK's agent side that does what each message of a prompt says. Its sessions live in its home folder.
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { agent, ndJsonStream, RequestError } from "@agentclientprotocol/sdk";

const folder = join(process.env.HOME ?? ".", "sessions");
const pathOf = (sessionId) => join(folder, sessionId);
const modes = { currentModeId: "ask", availableModes: [{ id: "ask", name: "Ask" }] };
const running = new Map();
const remembered = new Set();
let messages = 0;

const frames = (text) => [...text.matchAll(/\[from [^\]]*\]\n([\s\S]*?)\n\[end /g)].map(([, body]) => body);
const editedInput = (text) => /with another input: (.*?)\. Run it with exactly that input/.exec(text)?.[1];

function voiceOf(client, sessionId) {
  const update = (one) => client.notify("session/update", { sessionId, update: one });
  const chunk = (text, messageId) =>
    update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text }, messageId });
  return {
    update,
    chunk,
    say: (text) => chunk(text, `m${messages++}-${randomUUID()}`),
    async tool(id, { name, input, result }) {
      await update({
        sessionUpdate: "tool_call",
        toolCallId: id,
        title: name,
        name,
        rawInput: input,
        status: "pending",
      });
      const content = [{ type: "content", content: { type: "text", text: result } }];
      await update({ sessionUpdate: "tool_call_update", toolCallId: id, status: "completed", content });
    },
  };
}

const bashOptions = [
  { optionId: "once", name: "Allow", kind: "allow_once" },
  { optionId: "always", name: "Allow for this session", kind: "allow_always" },
  { optionId: "no", name: "Reject", kind: "reject_once" },
];

async function askTool({ client, sessionId, voice }, input) {
  const toolCallId = randomUUID();
  const toolCall = { toolCallId, title: "Bash", name: "Bash", kind: "execute", rawInput: input, status: "pending" };
  if (!remembered.has("Bash")) {
    const { outcome } = await client.request("session/request_permission", {
      sessionId,
      toolCall,
      options: bashOptions,
    });
    if (outcome.outcome !== "selected" || outcome.optionId === "no") return false;
    if (outcome.optionId === "always") remembered.add("Bash");
  } else await voice.update({ sessionUpdate: "tool_call", ...toolCall });
  await voice.update({ sessionUpdate: "tool_call_update", toolCallId, status: "completed", rawInput: input });
  await voice.say("the tests are green");
  return true;
}

const acts = {
  say: ({ voice }, { text }) => voice.say(text),
  async stream({ voice }, { text }) {
    const id = randomUUID();
    for (const part of text.match(/\S+\s*/g)) await voice.chunk(part, id);
  },
  async work({ voice }) {
    await voice.tool(randomUUID(), { name: "Read", input: { path: "a.ts" }, result: "found" });
    await voice.say("done");
  },
  async report({ voice }) {
    const entries = [
      { content: "read", priority: "medium", status: "completed" },
      { content: "write", priority: "medium", status: "in_progress" },
      { content: "test", priority: "medium", status: "pending" },
    ];
    await voice.update({ sessionUpdate: "plan", entries });
    await voice.tool(randomUUID(), { name: "Read", input: { path: "a.ts" }, result: "x".repeat(40_000) });
    await voice.update({ sessionUpdate: "agent_thought_chunk", content: { type: "text", text: "first the tests" } });
    const summary = [{ type: "text", text: "what was said so far" }];
    await voice.update({ sessionUpdate: "compaction_update", compactionId: "c1", status: "completed", summary });
    await voice.say("done");
  },
  askTool: (scene) => askTool(scene, { command: "make test" }),
  async askQuestion({ client, sessionId, voice }) {
    const format = { type: "string", title: "Format", enum: ["json", "text"] };
    const answer = await client.request("elicitation/create", {
      mode: "form",
      sessionId,
      message: "Which format?",
      requestedSchema: { type: "object", properties: { format } },
    });
    if (answer.action === "accept") await voice.say(`the format is ${answer.content.format}`);
  },
  fail() {
    throw RequestError.internalError({ details: "the model is on strike" });
  },
  hang: ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("cancelled")))),
  lines: ({ voice }, { texts }) => Promise.all(texts.map(([text, id]) => voice.chunk(text, id))),
  crash: () => process.exit(1),
  remember({ sessionId }, { word }) {
    writeFileSync(pathOf(sessionId), word);
  },
  recall: ({ sessionId, voice }) => voice.say(readFileSync(pathOf(sessionId), "utf8")),
  async showInstructions({ voice }) {
    await voice.say(readFileSync(join(process.env.HOME, "INSTRUCTIONS.md"), "utf8"));
  },
};

async function promptTurn({ params, client }) {
  const { sessionId } = params;
  const text = params.prompt.map((block) => block.text ?? "").join("\n");
  const aborting = new AbortController();
  running.set(sessionId, aborting);
  const scene = { client, sessionId, voice: voiceOf(client, sessionId), signal: aborting.signal };
  try {
    const edited = editedInput(text);
    if (edited !== undefined) await askTool(scene, JSON.parse(edited));
    for (const body of frames(text)) {
      if (aborting.signal.aborted) break;
      const act = JSON.parse(body);
      await acts[act.do](scene, act);
    }
  } catch (error) {
    if (!aborting.signal.aborted) throw error;
  } finally {
    running.delete(sessionId);
  }
  return { stopReason: aborting.signal.aborted ? "cancelled" : "end_turn" };
}

agent({ name: "obedient" })
  .onRequest("initialize", () => ({
    protocolVersion: 1,
    agentCapabilities: { loadSession: false, sessionCapabilities: { resume: {} } },
    authMethods: [],
  }))
  .onRequest("session/new", () => {
    const sessionId = randomUUID();
    mkdirSync(folder, { recursive: true });
    writeFileSync(pathOf(sessionId), "");
    return { sessionId, modes };
  })
  .onRequest("session/resume", ({ params }) => {
    if (!existsSync(pathOf(params.sessionId))) throw RequestError.resourceNotFound(params.sessionId);
    return { modes };
  })
  .onRequest("session/prompt", promptTurn)
  .onNotification("session/cancel", ({ params }) => running.get(params.sessionId)?.abort())
  .connect(ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)));
