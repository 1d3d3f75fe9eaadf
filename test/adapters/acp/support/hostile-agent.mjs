// An ACP agent by hand that breaks the protocol in the way a prompt names.
import { createInterface } from "node:readline";

const write = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const update = (one, sessionId = "s1") => write({ method: "session/update", params: { sessionId, update: one } });
const chunk = (text, messageId) =>
  update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text }, ...(messageId && { messageId }) });
const options = [
  { optionId: "once", name: "Allow", kind: "allow_once" },
  { optionId: "no", name: "Reject", kind: "reject_once" },
];
const ask = (id, command) => {
  const toolCall = { toolCallId: "t1", title: "Bash", kind: "execute", rawInput: { command } };
  write({ id, method: "session/request_permission", params: { sessionId: "s1", toolCall, options } });
};

function printLine(megabytes, end) {
  const piece = "x".repeat(1_024 * 1_024);
  process.stdout.write('{"jsonrpc":"2.0","method":"session/update","params":{"text":"');
  let left = megabytes;
  const more = () => {
    if (left-- > 0) return void process.stdout.write(piece, more);
    process.stdout.write('"}}\n');
    chunk("after the line", "m1");
    end();
  };
  more();
}

const acts = {
  "answer unasked": (end) => {
    write({ id: "parley-request-guess-1", result: { sessionId: "stolen" } });
    write({ id: 0, result: {} });
    write({ id: null, result: {} });
    write({ id: "parley-prompt-other-0:abc", result: { stopReason: "end_turn" } });
    chunk("one answer", "m1");
    end();
    end();
  },
  "talk after the end": (end) => {
    chunk("in the turn", "m1");
    end();
    setTimeout(() => chunk("@mia: after the turn", "m2"), 50);
  },
  "repeat ids": (end) => {
    chunk("first", "m1");
    chunk("second", "m2");
    chunk("third under the first id", "m1");
    chunk("second", "m2");
    end();
  },
  "notices between": (end) => {
    chunk("half a ", "m1");
    chunk("warning: the sky falls");
    chunk("sentence", "m1");
    end();
  },
  "ask twice under one id": () => {
    ask(7, "first");
    ask(7, "second");
  },
  "wrong shapes": (end) => {
    write({ method: "session/update", params: null });
    write({ method: "session/update", params: { sessionId: "s2", update: { sessionUpdate: "agent_message_chunk" } } });
    update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text: "not mine" } }, "s2");
    update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text: 5 } });
    update({ sessionUpdate: "tool_call" });
    update({ sessionUpdate: "plan", entries: "none" });
    write({ id: 9, method: "fs/read_text_file", params: { sessionId: "s1", path: "/etc/passwd" } });
    write({ id: 10, method: "terminal/create", params: { sessionId: "s1", command: "id" } });
    process.stdout.write("not json\n[1,2]\n5\n");
    chunk("still right", "m1");
    end();
  },
  "print 9 MB": (end) => printLine(9, end),
  "print 100 MB": (end) => printLine(100, end),
  "say nothing": () => {},
  "end with half a word": (end) => {
    chunk("@mia: I did not finish", "m1");
    end({ result: { stopReason: "max_tokens" } });
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params, error, result } = JSON.parse(line);
  if (method === "initialize") write({ id, result: { protocolVersion: 1, agentCapabilities: {} } });
  else if (method === "session/new") write({ id, result: { sessionId: "s1" } });
  else if (method === "session/prompt") {
    const body = /\[from [^\]]*\]\n([\s\S]*?)\n\[end /.exec(params.prompt[0].text)?.[1];
    acts[body]((answer = { result: { stopReason: "end_turn" } }) => write({ id, ...answer }));
    if (body === "ask twice under one id") globalThis.asking = id;
  } else if (method === undefined && (id === 9 || id === 10)) process.stderr.write(`refused ${error?.code}\n`);
  else if (method === undefined && id === 7 && result) {
    globalThis.answers = [...(globalThis.answers ?? []), result.outcome.optionId ?? result.outcome.outcome];
    if (globalThis.answers.length === 2) {
      chunk(`answers: ${globalThis.answers.join(" ")}`, "m9");
      write({ id: globalThis.asking, result: { stopReason: "end_turn" } });
    }
  } else if (id !== undefined && method !== undefined) write({ id, error: { code: -32601, message: "not found" } });
}
