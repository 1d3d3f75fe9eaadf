/**
 * Everything agents may ask of OpenAI's API, taken from the requests that Codex 0.171.0 and OpenCode 1.18.33 send and from the API's reference (types of
 * the `openai` package 6.49.0); everything else is refused. A test runs the real Codex and fails when it sends more.
 */

/** Members of the body of `POST /v1/responses`. */
export const responsesMembers: ReadonlySet<string> = new Set([
  ...["model", "input", "instructions", "tools", "tool_choice", "parallel_tool_calls", "max_tool_calls"],
  ...["reasoning", "text", "temperature", "top_p", "top_logprobs", "truncation", "max_output_tokens", "include"],
  ...["store", "stream", "stream_options", "service_tier", "prompt_cache_key", "prompt_cache_options"],
  ...["context_management", "metadata", "client_metadata", "user", "safety_identifier"],
]);

/** Members of the body of `POST /v1/chat/completions`. */
export const chatMembers: ReadonlySet<string> = new Set([
  ...["model", "messages", "tools", "tool_choice", "parallel_tool_calls", "reasoning_effort", "verbosity"],
  ...["response_format", "temperature", "top_p", "frequency_penalty", "presence_penalty", "seed", "stop", "n"],
  ...["max_tokens", "max_completion_tokens", "store", "stream", "stream_options", "service_tier"],
  ...["prompt_cache_key", "prompt_cache_options", "metadata", "user", "safety_identifier"],
]);

/** Members that have one of these values only: nothing stored, no dearer lane of the operator's account, one answer a call. */
export const openAiFixedValues: Readonly<Record<string, readonly unknown[]>> = {
  store: [false, null],
  service_tier: ["auto", "default", "flex", null],
  n: [1, null],
};

/** The most output that one answer of any model has, tokens (model pages); a call may name fewer. */
export const mostOutputTokens = 128_000;

/** `include`: further content of the answer. */
export const includable: readonly string[] = [
  ...["reasoning.encrypted_content", "message.output_text.logprobs", "message.input_image.image_url"],
  ...["web_search_call.results", "web_search_call.action.sources", "code_interpreter_call.outputs"],
  "file_search_call.results",
];

/** Members of `reasoning`. A `mode` may be `standard` alone. */
export const reasoningMembers: readonly string[] = ["effort", "summary", "generate_summary", "context", "mode"];

/** Members of an item of the input, beside its `type` and `id`. An item names nothing that is stored with the provider. */
export const itemMembers: Readonly<Record<string, readonly string[]>> = {
  message: ["role", "content", "status", "phase"],
  reasoning: ["summary", "content", "encrypted_content", "status"],
  compaction: ["encrypted_content"],
  compaction_trigger: [],
  function_call: ["call_id", "name", "namespace", "arguments", "caller", "status"],
  function_call_output: ["call_id", "output", "caller", "status"],
  custom_tool_call: ["call_id", "name", "namespace", "input", "caller", "status"],
  custom_tool_call_output: ["call_id", "output", "caller", "status"],
  local_shell_call: ["call_id", "action", "status"],
  local_shell_call_output: ["call_id", "output", "status"],
  apply_patch_call: ["call_id", "operation", "caller", "status"],
  apply_patch_call_output: ["call_id", "output", "caller", "status"],
  tool_search_call: ["call_id", "arguments", "execution", "status"],
  tool_search_output: ["call_id", "tools", "execution", "status"],
  additional_tools: ["role", "tools"],
};

/** Items that report what the provider ran; any of these entries of the policy's `providerAccess` allows them. */
export const hostedItems: Readonly<Record<string, readonly string[]>> = {
  web_search_call: ["web_search"],
  code_interpreter_call: ["code_execution"],
  file_search_call: ["file_sources"],
};

/** Members of a part of a message or of a tool's output, by type. */
export const partMembers: Readonly<Record<string, readonly string[]>> = {
  input_text: ["text"],
  output_text: ["text", "annotations", "logprobs"],
  text: ["text"],
  summary_text: ["text"],
  reasoning_text: ["text"],
  refusal: ["refusal"],
  input_image: ["image_url", "detail", "file_id"],
  input_file: ["file_data", "filename", "detail", "file_id", "file_url"],
  image_url: ["image_url"],
  file: ["file"],
};

/** Members of the tools that run where the agent is, by type. */
export const clientTools: Readonly<Record<string, readonly string[]>> = {
  function: [
    ...["name", "description", "parameters", "strict", "defer_loading", "output_schema", "allowed_callers"],
    "function",
  ],
  custom: ["name", "description", "format", "defer_loading", "allowed_callers", "custom"],
  local_shell: [],
  apply_patch: ["allowed_callers"],
  namespace: ["name", "description", "tools"],
  tool_search: ["description", "execution", "parameters"],
};

/** Tools that the provider runs, by type or the beginning of it, and the entry that lets them pass. Others of its own never do. */
export const hostedTools: Readonly<Record<string, string>> = {
  web_search: "web_search",
  code_interpreter: "code_execution",
  file_search: "file_sources",
};

/** Members of a message of a chat. */
export const chatMessageMembers: ReadonlySet<string> = new Set([
  ...["role", "content", "name", "tool_calls", "tool_call_id", "refusal", "reasoning_content"],
]);

/** `openai-beta`: known to change nothing but the form of an answer. Others are left out. */
export const openAiBetas: ReadonlySet<string> = new Set(["responses=experimental", "responses=v1"]);
