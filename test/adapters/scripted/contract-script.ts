import type { ScriptRule } from "../../../src/core/values/script.js";
import { type AgentDriver, ASKED } from "../../contract/agent-driver.js";

/** A script that obeys the driver below. */
export const contractScript: readonly ScriptRule[] = [
  { match: "^say (.*)$", reply: "{1}" },
  { match: "^stream (.*)$", reply: "{1}", stream: true },
  { match: "^work$", work: [{ tool: "Read", input: { file_path: "README.md" }, ms: 5 }], reply: "done" },
  { match: "^ask tool$", ask: { tool: ASKED.tool, input: ASKED.input }, reply: ASKED.whenAllowed },
  {
    match: "^ask question$",
    ask: { question: ASKED.question, options: [...ASKED.options] },
    reply: `${ASKED.whenAnswered}{answer}`,
  },
  { match: "^fail$", fail: "error" },
  { match: "^hang$", fail: "hang" },
  { match: "^crash$", fail: "crash" },
];

export const contractDriver: AgentDriver = {
  say: (text) => `say ${text}`,
  stream: (text) => `stream ${text}`,
  work: () => "work",
  askTool: () => "ask tool",
  askQuestion: () => "ask question",
  fail: () => "fail",
  hang: () => "hang",
  crash: (send) => send("crash"),
};
