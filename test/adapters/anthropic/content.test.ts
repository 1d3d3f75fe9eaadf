import { describe, expect, test } from "vitest";
import { isModelAllowed } from "../../../adapters/anthropic/models.js";
import { blockedInBody } from "../../../adapters/anthropic/screen-body.js";
import type { AllowedContent } from "../../../src/ports/model-gateway.js";
import { ask } from "../../emulators/anthropic/client.js";

const nothing: AllowedContent = { models: ["opus"], providerAccess: [] };
const everything: AllowedContent = {
  models: ["opus"],
  providerAccess: [
    ...["web_search", "web_fetch", "code_execution", "url_sources", "file_sources"],
    "mcp:mcp.example.com",
  ],
};
const user = (...content: object[]) => ({ messages: [{ role: "user", content }] });
const url = "https://evil.example.com/picture.png";
const mcp = (address: string) => ({ mcp_servers: [{ type: "url", name: "m", url: address }] });

/** Features by which the provider fetches or contacts something: each is refused, and passes once the owner allows it. */
const remote: readonly [string, object, { what: string; name: string }][] = [
  [
    "a search",
    { tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 8 }] },
    { what: "tool", name: "web_search_20250305" },
  ],
  [
    "a fetch",
    { tools: [{ type: "web_fetch_20250910", name: "web_fetch" }] },
    { what: "tool", name: "web_fetch_20250910" },
  ],
  [
    "code that runs there",
    { tools: [{ type: "code_execution_20250825", name: "code_execution" }] },
    { what: "tool", name: "code_execution_20250825" },
  ],
  ["an MCP toolset", { tools: [{ type: "mcp_toolset", mcp_server_name: "m" }] }, { what: "tool", name: "mcp_toolset" }],
  [
    "an MCP server",
    mcp("https://mcp.example.com/a?d=SECRET"),
    { what: "MCP server", name: "https://mcp.example.com/a?d=SECRET" },
  ],
  ["a picture by URL", user({ type: "image", source: { type: "url", url } }), { what: "source", name: "url" }],
  ["a document by URL", user({ type: "document", source: { type: "url", url } }), { what: "source", name: "url" }],
  [
    "a file of the account",
    user({ type: "document", source: { type: "file", file_id: "f" } }),
    { what: "source", name: "file" },
  ],
  [
    "a picture by URL in a result",
    user({ type: "tool_result", tool_use_id: "t", content: [{ type: "image", source: { type: "url", url } }] }),
    { what: "source", name: "url" },
  ],
  [
    "a tool that comes later",
    {
      messages: [
        { role: "system", content: [{ type: "tool_addition", tool: { type: "web_fetch_20250910", name: "w" } }] },
      ],
    },
    { what: "tool", name: "web_fetch_20250910" },
  ],
];

describe("what the provider does on its own servers", () => {
  test.each(remote)("is refused: %s", (_name, more, blocked) => {
    expect(blockedInBody(ask("hello", { ...more }), nothing)).toEqual(blocked);
  });

  test.each(remote)("passes where the owner allows it: %s", (_name, more) => {
    expect(blockedInBody(ask("hello", { ...more }), everything)).toBeUndefined();
  });

  test("is allowed for the named MCP servers alone", () => {
    for (const address of [
      "https://evil.example.com/",
      "http://mcp.example.com/",
      "https://mcp.example.com:8443/",
      "https://user@mcp.example.com.evil.example.com/",
      "https://evil.example.com#mcp.example.com",
      "none",
    ])
      expect(blockedInBody(ask("hello", mcp(address)), everything)).toEqual({ what: "MCP server", name: address });
  });
});

describe("what is on no list is refused even then", () => {
  test.each<[string, object, string]>([
    ["a member", { container: "c" }, "container"],
    ["an inherited name", { constructor: 1 }, "constructor"],
    ["a dearer lane", { service_tier: "priority" }, "priority"],
    ["fast mode", { speed: "fast" }, "fast"],
    ["a place", { inference_geo: "us" }, "inference_geo"],
    ["another model", { model: "claude-fable-5-2" }, "claude-fable-5-2"],
    ["more output than the list allows", { max_tokens: 128_001 }, "128001"],
    ["a block", user({ type: "container_upload", file_id: "f" }), "container_upload"],
    ["a block by an inherited name", user({ type: "constructor" }), "constructor"],
    ["a member of a block", user({ type: "text", text: "a", url }), "url"],
    ["a member of a source", user({ type: "image", source: { type: "base64", data: "", url } }), "url"],
    ["a tool", { tools: [{ type: "computer_20250124", name: "computer" }] }, "computer_20250124"],
    ["a member of a tool", { tools: [{ name: "a", input_schema: {}, url }] }, "url"],
    ["a change of the context", { context_management: { edits: [{ type: "compact_20990101" }] } }, "compact_20990101"],
    ["something that is not a list", { tools: "all" }, "all"],
  ])("%s", (_name, more, name) => {
    expect(blockedInBody(ask("hello", { ...more }), everything)?.name).toBe(name);
  });
});

test("a plain call passes", () => {
  const more = {
    system: [{ type: "text", text: "s", cache_control: { type: "ephemeral" } }],
    tools: [{ name: "Bash", description: "d", input_schema: { type: "object", url } }],
    stream: true,
    service_tier: "standard_only",
    context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] },
  };
  expect(blockedInBody(ask("hello", more), nothing)).toBeUndefined();
});

test.each([
  ["claude-opus-5-5", ["opus"], true],
  ["claude-opus-5-5", ["opus[1m]"], true],
  ["claude-3-5-haiku-20241022", ["haiku"], true],
  ["claude-sonnet-5-5", ["opusplan"], true],
  ["claude-opus-5-5-20260901", ["claude-opus-5-5"], true],
  ["claude-opus-5-5", ["claude-opus-5"], false],
  ["claude-opus-5", ["claude-opus-5-5"], false],
  ["claude-fable-5", ["opus", "haiku"], false],
  ["my-opus", ["opus"], false],
  ["my-own-model", ["my-own-model"], true],
  ["constructor", ["constructor"], true],
  ["claude-opus-5-5", [], false],
])("the model %s with %j is allowed: %s", (model, allowed, isAllowed) => {
  expect(isModelAllowed(model, allowed)).toBe(isAllowed);
});
