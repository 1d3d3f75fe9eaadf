import { describe, expect, test } from "vitest";
import { isOpenAiModelAllowed } from "../../../adapters/openai/models.js";
import { blockedInChat } from "../../../adapters/openai/screen-chat.js";
import { blockedInResponses } from "../../../adapters/openai/screen-responses.js";
import type { AllowedContent } from "../../../src/ports/model-gateway.js";
import { askChat, askResponses } from "../../emulators/openai/client.js";
import recorded from "../../fixtures/openai-requests.json" with { type: "json" };
import { beyondRecorded } from "./request-shape.js";

const nothing: AllowedContent = { models: ["gpt-6.2-sol"], providerAccess: [] };
const everything: AllowedContent = {
  models: ["gpt-6.2-sol"],
  providerAccess: [
    ...["web_search", "web_fetch", "code_execution", "url_sources", "file_sources"],
    "mcp:mcp.example.com",
  ],
};

type Where = "top" | "namespace" | "additional_tools" | "namespace of additional_tools" | "tool_search_output";

/** A tool in each place where the Responses wire takes tools. */
const places: Record<Where, (tool: object) => object> = {
  top: (tool) => ({ tools: [tool] }),
  namespace: (tool) => ({ tools: [inNamespace(tool)] }),
  additional_tools: (tool) => ({ input: [{ type: "additional_tools", role: "developer", tools: [tool] }] }),
  "namespace of additional_tools": (tool) => ({
    input: [{ type: "additional_tools", role: "developer", tools: [inNamespace(tool)] }],
  }),
  tool_search_output: (tool) => ({ input: [{ type: "tool_search_output", call_id: "c", tools: [tool] }] }),
};
const inNamespace = (tool: object) => ({ type: "namespace", name: "n", description: "d", tools: [tool] });
const everyPlace = Object.keys(places) as Where[];
const responses = (more: object, allowed: AllowedContent) =>
  blockedInResponses(askResponses("hello", { ...more }), allowed);
const chat = (more: object, allowed: AllowedContent) => blockedInChat(askChat("hello", { ...more }), allowed);
const url = "https://evil.example.com/a?d=SECRET";
const message = (...content: object[]) => ({ input: [{ type: "message", role: "user", content }] });
const output = (type: string, ...content: object[]) => ({ input: [{ type, call_id: "c", output: content }] });
const chatMessage = (...content: object[]) => ({ messages: [{ role: "user", content }] });

/** Tools that the provider runs and the room's owner can allow. */
const hosted: readonly [string, object][] = [
  ["web_search", { type: "web_search" }],
  ["web_search_2025_08_26", { type: "web_search_2025_08_26" }],
  ["web_search_preview", { type: "web_search_preview" }],
  ["code_interpreter", { type: "code_interpreter", container: { type: "auto" } }],
  ["file_search", { type: "file_search", vector_store_ids: ["vs_1"] }],
  [
    "https://mcp.example.com/a?d=SECRET",
    { type: "mcp", server_label: "m", server_url: "https://mcp.example.com/a?d=SECRET" },
  ],
];

/** Tools that no owner can allow. */
const never: readonly [string, object][] = [
  ["computer", { type: "computer" }],
  ["computer_use_preview", { type: "computer_use_preview" }],
  ["image_generation", { type: "image_generation" }],
  ["programmatic_tool_calling", { type: "programmatic_tool_calling" }],
  ["shell", { type: "shell", environment: { type: "container_auto" } }],
  ["tool_search of the provider", { type: "tool_search" }],
  ["web_searcher", { type: "web_searcher" }],
  ["constructor", { type: "constructor" }],
  [url, { type: "mcp", server_label: "m", server_url: url }],
  ["connector_gmail", { type: "mcp", server_label: "m", connector_id: "connector_gmail" }],
  ["cntr_of_somebody", { type: "code_interpreter", container: "cntr_of_somebody" }],
];

describe("tools of the provider", () => {
  const cases = everyPlace.flatMap((where) => hosted.map(([name, tool]) => [name, where, tool] as const));
  test.each(cases)("are refused unless the owner has named them: %s in %s", (name, where, tool) => {
    expect(responses(places[where](tool), nothing)?.name).toBe(name);
    expect(responses(places[where](tool), everything)).toBeUndefined();
  });

  const refused = everyPlace.flatMap((where) => never.map(([name, tool]) => [name, where, tool] as const));
  test.each(refused)("are refused whatever the owner has named: %s in %s", (name, where, tool) => {
    expect(responses(places[where](tool), everything)?.name).toBe(name);
  });

  test("are refused as a choice and as a setting of a chat", () => {
    expect(responses({ tool_choice: { type: "web_search_preview" } }, nothing)?.name).toBe("web_search_preview");
    const chosen = { type: "allowed_tools", mode: "auto", tools: [{ type: "function", name: "a" }, { type: "mcp" }] };
    expect(responses({ tool_choice: chosen }, nothing)?.name).toBe("mcp");
    expect(chat({ web_search_options: {} }, nothing)).toEqual({ what: "member", name: "web_search_options" });
    expect(chat({ web_search_options: {} }, everything)).toBeUndefined();
  });
});

describe("tools that run where the agent is", () => {
  const own: readonly [string, object][] = [
    ["function", { type: "function", name: "f", description: "d", parameters: { type: "object", url }, strict: true }],
    ["custom", { type: "custom", name: "c", description: "d", format: { type: "text" } }],
    ["local_shell", { type: "local_shell" }],
    ["apply_patch", { type: "apply_patch" }],
    ["tool_search of the client", { type: "tool_search", execution: "client", parameters: {} }],
  ];
  const cases = everyPlace.flatMap((where) => own.map(([name, tool]) => [name, where, tool] as const));
  test.each(cases)("pass: %s in %s", (_name, where, tool) => {
    expect(responses(places[where](tool), nothing)).toBeUndefined();
  });

  test("are not nested without end, and hold nothing unknown", () => {
    const nested = inNamespace(inNamespace({ type: "function", name: "f" }));
    expect(responses({ tools: [nested] }, everything)?.what).toBe("tool in a namespace");
    const more = { type: "function", name: "f", server_url: url };
    expect(responses({ tools: [more] }, everything)).toEqual({ what: "member of a function tool", name: "server_url" });
    expect(responses({ tools: "all" }, everything)?.name).toBe("all");
  });
});

describe("what is stored with the provider or fetched by it", () => {
  test.each<[string, object]>([
    ["previous_response_id", { previous_response_id: "resp_1" }],
    ["conversation", { conversation: "conv_1" }],
    ["prompt", { prompt: { id: "pmpt_1" } }],
    ["background", { background: true }],
    ["true", { store: true }],
    ["item_reference", { input: [{ type: "item_reference", id: "msg_1" }] }],
    ["item_reference", { input: [{ id: "msg_1" }] }],
    ["computer_call", { input: [{ type: "computer_call", id: "c" }] }],
    ["image_generation_call", { input: [{ type: "image_generation_call", id: "c", result: null }] }],
  ])("is refused whatever the owner has named: %s", (name, more) => {
    expect(responses(more, everything)?.name).toBe(name);
  });

  test.each<[string, object]>([
    ["url", message({ type: "input_image", image_url: url })],
    ["file_id", message({ type: "input_image", file_id: "file_1" })],
    ["file_id", message({ type: "input_file", file_id: "file_1" })],
    ["url", message({ type: "input_file", file_url: url })],
    ["url", output("function_call_output", { type: "input_image", image_url: url })],
    ["url", output("custom_tool_call_output", { type: "input_file", file_url: url })],
    ["web_search_call", { input: [{ type: "web_search_call", id: "ws_1", status: "completed" }] }],
    ["mcp_call", { input: [{ type: "mcp_call", id: "mcp_1" }] }],
  ])("is refused unless the owner has named it: %s in %j", (name, more) => {
    expect(responses(more, nothing)?.name).toBe(name);
    expect(responses(more, everything)).toBeUndefined();
  });

  test.each<[string, object]>([
    ["url", chatMessage({ type: "image_url", image_url: { url } })],
    ["file_id", chatMessage({ type: "file", file: { file_id: "file_1" } })],
  ])("is refused in a chat too: %s", (name, more) => {
    expect(chat(more, nothing)?.name).toBe(name);
    expect(chat(more, everything)).toBeUndefined();
  });

  test("passes where the call contains it itself", () => {
    const picture = "data:image/png;base64,AAAA";
    const file = { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,AAAA" };
    expect(
      responses(message({ type: "input_image", image_url: picture, detail: "high" }, file), nothing),
    ).toBeUndefined();
    expect(chat(chatMessage({ type: "image_url", image_url: { url: picture } }), nothing)).toBeUndefined();
  });
});

describe("what is on no list", () => {
  test.each<[string, object]>([
    ["moderation", { moderation: { model: "m" } }],
    ["constructor", { constructor: 1 }],
    ["priority", { service_tier: "priority" }],
    ["scale", { service_tier: "scale" }],
    ["pro", { reasoning: { mode: "pro" } }],
    ["12h", { prompt_cache_options: { mode: "implicit", ttl: "12h" } }],
    ["24h", { prompt_cache_retention: "24h" }],
    ["128001", { max_output_tokens: 128_001 }],
    ["gpt-6.2-astra", { model: "gpt-6.2-astra" }],
    ["computer_call_output.output.image_url", { include: ["computer_call_output.output.image_url"] }],
    ["rewrite", { context_management: [{ type: "rewrite" }] }],
    ["url", { input: [{ type: "message", role: "user", content: [], url }] }],
    ["video", message({ type: "video" })],
    ["url", message({ type: "input_text", text: "a", url })],
  ])("is refused whatever the owner has named: %s", (name, more) => {
    const member = name === "24h" ? "prompt_cache_retention" : name;
    expect(responses(more, everything)?.name).toBe(member);
  });

  test.each<[string, object]>([
    ["functions", { functions: [] }],
    ["prediction", { prediction: { type: "content", content: "a" } }],
    ["audio", { audio: { voice: "alloy", format: "wav" } }],
    ["2", { n: 2 }],
    ["true", { store: true }],
    ["input_audio", chatMessage({ type: "input_audio", input_audio: { data: "", format: "wav" } })],
    ["audio", { messages: [{ role: "assistant", audio: { id: "audio_1" } }] }],
  ])("is refused in a chat: %s", (name, more) => {
    expect(chat(more, everything)?.name).toBe(name);
  });
});

describe("recorded requests", () => {
  test("show what a request holds beyond them", () => {
    const [first] = recorded;
    if (!first) throw new Error("nothing is recorded");
    const more = {
      ...first,
      headers: [...first.headers, "x-new"],
      body: { ...first.body, tools: [{ type: "mcp", a: 1 }] },
    };
    expect(beyondRecorded(first, recorded)).toEqual([]);
    expect(beyondRecorded(more, recorded)).toEqual(["tools mcp: type", "tools mcp: a", "header x-new"]);
  });

  test.each(recorded.map((request) => [request.what, request] as const))("pass: %s", (_what, { path, body }) => {
    const allowed = { models: [body.model], providerAccess: [] };
    const blocked = path.endsWith("/responses") ? blockedInResponses(body, allowed) : blockedInChat(body, allowed);
    expect(blocked).toBeUndefined();
  });
});

test.each([
  ["gpt-6.2-sol", ["gpt-6.2-sol"], true],
  ["gpt-6.2-sol-2026-11-17", ["gpt-6.2-sol"], true],
  ["gpt-6.2-sol-pro", ["gpt-6.2-sol"], false],
  ["gpt-6.2-sol-20261117", ["gpt-6.2-sol"], false],
  ["gpt-6.2", ["gpt-6.2-sol"], false],
  ["constructor", ["sonnet"], false],
  ["gpt-6.2-sol", [], false],
])("the model %s with %j is allowed: %s", (model, allowed, isAllowed) => {
  expect(isOpenAiModelAllowed(model, allowed)).toBe(isAllowed);
});
