import type { PlantedFault } from "../fault.js";

const of = (adapter: string, name: string) => `test/adapters/${adapter}/${name}.test.ts`;

/** Faults in the adapters of chat platforms, of the model's provider and of Claude Code. */
export const vendorFaults: readonly PlantedFault[] = [
  {
    id: "messages-of-other-bots-come-in-from-discord",
    file: "adapters/discord/parse.ts",
    find: "if (author.bot === true || author.id === botUserId",
    replace: "if (author.id === botUserId",
    tests: [of("discord", "parse")],
  },
  {
    id: "a-preview-of-discord-passes-for-an-edit",
    file: "adapters/discord/parse.ts",
    find: 'if (typeof edited !== "string") return undefined;',
    replace: 'if (typeof edited === "number") return undefined;',
    tests: [of("discord", "parse")],
  },
  {
    id: "messages-of-other-bots-come-in-from-slack",
    file: "adapters/slack/parse.ts",
    find: "user === reading.botUserId || isSet(message.bot_id)) return undefined;",
    replace: "user === reading.botUserId) return undefined;",
    tests: [of("slack", "parse")],
  },
  {
    id: "a-notifying-sequence-in-code-goes-to-slack",
    file: "adapters/slack/safe-text.ts",
    find: "return notifies.test(safe) ? undefined : safe;",
    replace: "return safe;",
    tests: [of("slack", "safe-text")],
  },
  {
    id: "a-rule-that-claude-code-proposes-to-deny-is-allowed",
    file: "adapters/claude-code/asks.ts",
    find: 'update.type === "addRules" && update.behavior === "allow" ?',
    replace: 'update.type === "addRules" ?',
    tests: [of("claude-code", "asks")],
  },
  {
    id: "a-withdrawn-question-is-never-settled",
    file: "adapters/claude-code/asks.ts",
    find: 'settle({ behavior: "deny", message: "The question was withdrawn." });',
    replace: "pending.delete(requestId);",
    tests: [of("claude-code", "asks")],
  },
  {
    id: "a-model-call-is-paid-for-though-its-caller-left-while-its-body-was-read",
    file: "adapters/kit/gateway/gateway.ts",
    find: "      request.signal.throwIfAborted();\n",
    replace: "",
    tests: [of("anthropic", "leaving-callers")],
  },
  {
    id: "the-key-passes-when-it-is-written-backwards",
    file: "adapters/kit/gateway/redact.ts",
    find: 'return [secret, [...secret].reverse().join("")]',
    replace: "return [secret]",
    tests: [of("kit/gateway", "redact")],
  },
  {
    id: "the-shortest-name-of-a-model-gives-its-price",
    file: "adapters/kit/gateway/prices.ts",
    find: "sort((a, b) => b.length - a.length)",
    replace: "sort((a, b) => a.length - b.length)",
    tests: [of("anthropic", "prices")],
  },
  {
    id: "a-stream-that-was-cut-off-is-billed-for-what-passed",
    file: "adapters/kit/gateway/cut-off-output.ts",
    find: "Math.min(Math.ceil(tokens * marginFactor) + marginTokens, maxTokens)",
    replace: "Math.min(tokens, maxTokens)",
    tests: [of("anthropic", "metering")],
  },
  {
    id: "an-mcp-server-that-nobody-allowed-is-called",
    file: "adapters/anthropic/screen-body.ts",
    find: "return entry !== undefined && providerAccess.includes(entry) ? undefined",
    replace: "return entry !== undefined ? undefined",
    tests: [of("anthropic", "content")],
  },
  {
    id: "a-tool-of-the-provider-passes-inside-a-namespace",
    file: "adapters/openai/screen-tools.ts",
    find: 'return type === "namespace" ? blockedTools(tool.tools, allowed, "inner") : undefined;',
    replace: "return undefined;",
    tests: [of("openai", "content")],
  },
  {
    id: "a-response-is-stored-with-the-provider-unless-the-agent-says-otherwise",
    file: "adapters/openai/read-call.ts",
    find: "{ ...content, store: false }",
    replace: "content",
    tests: [of("openai", "gateway")],
  },
  {
    id: "cached-input-is-paid-for-twice",
    file: "adapters/openai/usage.ts",
    find: "input_tokens: input - read - written,",
    replace: "input_tokens: input,",
    tests: [of("openai", "gateway"), of("openai", "meters")],
  },
];
