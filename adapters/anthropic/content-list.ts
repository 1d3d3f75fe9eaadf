/**
 * Everything agents may ask of the Messages API, taken from the requests that Claude Code 2.1.328 sends with nine models, tools, skills, images and
 * subagents; everything else is refused. A test runs the real program and fails when it sends more.
 */

/** Members of the body of `POST /v1/messages` and of a token count. */
export const bodyMembers: ReadonlySet<string> = new Set([
  ...["model", "messages", "system", "tools", "tool_choice", "metadata", "max_tokens", "stream", "temperature"],
  ...["thinking", "context_management", "output_config", "stop_sequences", "top_k", "top_p", "cache_control"],
  ...["service_tier", "speed"],
]);

/** Members that have one of these values only: no dearer lane of the operator's account. */
export const fixedValues: Readonly<Record<string, readonly unknown[]>> = {
  service_tier: ["auto", "standard_only"],
  speed: ["standard", null],
};

/** Highest `max_tokens`; Claude Code asks for as much. */
export const maxOutputTokens = 128_000;

/** Members of a message. */
export const messageMembers: ReadonlySet<string> = new Set(["role", "content", "output_config", "clear_at"]);

/** Content blocks and their members, by type. */
export const blockMembers: Readonly<Record<string, readonly string[]>> = {
  text: ["text", "citations"],
  image: ["source"],
  document: ["source", "title", "context", "citations"],
  tool_use: ["id", "name", "input", "caller"],
  tool_result: ["tool_use_id", "content", "is_error"],
  tool_reference: ["tool_name"],
  thinking: ["thinking", "signature"],
  redacted_thinking: ["data"],
  tool_addition: ["tool", "tools", "tool_name", "name"],
  tool_removal: ["tool", "tools", "tool_name", "name"],
};

/** Members of the sources that contain their data themselves. */
export const sourceMembers: Readonly<Record<string, readonly string[]>> = {
  base64: ["media_type", "data"],
  text: ["media_type", "data"],
};

/** Sources that the provider fetches, and the entry of the policy's `providerAccess` that lets them pass. */
export const remoteSources: Readonly<Record<string, string>> = { url: "url_sources", file: "file_sources" };

/** Members of a tool that runs where the agent is. */
export const toolMembers: ReadonlySet<string> = new Set([
  ...["type", "name", "description", "input_schema", "strict", "defer_loading", "eager_input_streaming"],
  ...["allowed_callers", "input_examples", "cache_control"],
]);

/** Tools that the provider runs, by the beginning of their type, and the entry that lets them pass. */
export const serverTools: Readonly<Record<string, string>> = {
  web_search_: "web_search",
  web_fetch_: "web_fetch",
  code_execution_: "code_execution",
};

/** Blocks that report what the provider ran; any of these entries allows them. */
export const serverToolBlocks: Readonly<Record<string, readonly string[]>> = {
  server_tool_use: ["web_search", "web_fetch", "code_execution"],
  web_search_tool_result: ["web_search"],
  web_fetch_tool_result: ["web_fetch"],
  code_execution_tool_result: ["code_execution"],
  bash_code_execution_tool_result: ["code_execution"],
  text_editor_code_execution_tool_result: ["code_execution"],
};

/** Changes of the context that only leave things out. */
export const contextEdits: readonly string[] = ["clear_thinking_20251015", "clear_tool_uses_20250919"];

/** `anthropic-beta`: recorded, or known to change nothing but how the model answers. Others are left out. */
export const betas: ReadonlySet<string> = new Set([
  ...["claude-code-20250219", "interleaved-thinking-2025-05-14", "context-management-2025-06-27"],
  ...["effort-2025-11-24", "per-turn-control-2026-07-01", "mid-conversation-tool-changes-2026-07-01"],
  ...["thinking-token-count-2026-05-13", "thinking-display-updates-2026-08-18"],
  ...["mid-conversation-system-2026-04-07", "context-1m-2025-08-07", "fine-grained-tool-streaming-2025-05-14"],
  ...["extended-cache-ttl-2025-04-11", "structured-outputs-2025-11-13", "oauth-2025-04-20"],
]);

/** Betas that are needed for content the owner allowed, by the beginning of their name. */
export const betasOfAccess: Readonly<Record<string, string>> = {
  "web-search-": "web_search",
  "web-fetch-": "web_fetch",
  "code-execution-": "code_execution",
  "files-api-": "file_sources",
  "mcp-client-": "mcp",
};
