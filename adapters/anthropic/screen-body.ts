import { mcpEntryOf } from "../../src/core/values/provider-access.js";
import type { AllowedContent } from "../../src/ports/model-gateway.js";
import type { Blocked } from "../kit/gateway/wire.js";
import {
  blockMembers,
  bodyMembers,
  contextEdits,
  fixedValues,
  maxOutputTokens,
  messageMembers,
  remoteSources,
  serverToolBlocks,
  serverTools,
  sourceMembers,
  toolMembers,
} from "./content-list.js";
import { isModelAllowed } from "./models.js";

type JsonObject = Readonly<Record<string, unknown>>;

/** The first thing in a parsed body that is not on the list; undefined: everything is. */
export function blockedInBody(body: JsonObject, allowed: AllowedContent): Blocked | undefined {
  for (const [name, value] of Object.entries(body)) {
    const problem = blockedMember(name, { value, allowed });
    if (problem) return problem;
  }
  return undefined;
}

function blockedMember(
  name: string,
  { value, allowed }: { value: unknown; allowed: AllowedContent },
): Blocked | undefined {
  if (name === "mcp_servers") return first(value, (one) => blockedMcpServer(one, allowed));
  if (!bodyMembers.has(name)) return { what: "member", name };
  const values = fixedValues[name];
  if (values && !values.includes(value)) return { what: name, name: textOf(value) };
  switch (name) {
    case "model":
      return isModelAllowed(textOf(value), allowed.models) ? undefined : { what: "model", name: textOf(value) };
    case "max_tokens":
      return typeof value === "number" && value <= maxOutputTokens ? undefined : { what: name, name: textOf(value) };
    case "messages":
      return first(value, (one) => blockedMessage(one, allowed));
    case "system":
      return blockedContent(value, allowed);
    case "tools":
      return first(value, (one) => blockedTool(one, allowed));
    case "context_management":
      return blockedContextManagement(value);
    default:
      return undefined;
  }
}

function blockedMessage(message: unknown, allowed: AllowedContent): Blocked | undefined {
  if (!isObject(message)) return { what: "message", name: textOf(message) };
  const member = Object.keys(message).find((name) => !messageMembers.has(name));
  return member === undefined
    ? blockedContent(message.content, allowed)
    : { what: "member of a message", name: member };
}

/** A text, or a list of blocks. */
function blockedContent(content: unknown, allowed: AllowedContent): Blocked | undefined {
  if (content === undefined || typeof content === "string") return undefined;
  return first(content, (block) => blockedBlock(block, allowed));
}

function blockedBlock(block: unknown, allowed: AllowedContent): Blocked | undefined {
  if (!isObject(block)) return { what: "block", name: textOf(block) };
  const type = textOf(block.type);
  const entries = ownValue(serverToolBlocks, type);
  if (entries?.some((entry) => allowed.providerAccess.includes(entry))) return undefined;
  if (type === "mcp_tool_use" || type === "mcp_tool_result")
    return hasMcp(allowed) ? undefined : { what: "block", name: type };
  const members = ownValue(blockMembers, type);
  if (!members) return { what: "block", name: type };
  const member = Object.keys(block).find((name) => !["type", "cache_control", ...members].includes(name));
  if (member !== undefined) return { what: `member of a ${type} block`, name: member };
  if (type === "image" || type === "document") return blockedSource(block.source, allowed);
  if (type === "tool_result") return blockedResult(block.content, allowed);
  if (type === "tool_addition" || type === "tool_removal") return blockedToolChange(block, allowed);
  return undefined;
}

/** A result holds no further results, so that nothing is nested without end. */
function blockedResult(content: unknown, allowed: AllowedContent): Blocked | undefined {
  if (content === undefined || typeof content === "string") return undefined;
  return first(content, (block) =>
    isObject(block) && block.type === "tool_result"
      ? { what: "block in a result", name: "tool_result" }
      : blockedBlock(block, allowed),
  );
}

function blockedSource(source: unknown, { providerAccess }: AllowedContent): Blocked | undefined {
  if (!isObject(source)) return { what: "source", name: textOf(source) };
  const type = textOf(source.type);
  const entry = ownValue(remoteSources, type);
  if (entry !== undefined && providerAccess.includes(entry)) return undefined;
  const members = ownValue(sourceMembers, type);
  if (!members) return { what: "source", name: type };
  const member = Object.keys(source).find((name) => name !== "type" && !members.includes(name));
  return member === undefined ? undefined : { what: "member of a source", name: member };
}

/** A change of the tools in the middle of a conversation may carry whole tools. */
function blockedToolChange({ tool, tools }: JsonObject, allowed: AllowedContent): Blocked | undefined {
  return first([tool, ...(Array.isArray(tools) ? tools : [])], (one) =>
    isObject(one) ? blockedTool(one, allowed) : undefined,
  );
}

function blockedTool(tool: unknown, allowed: AllowedContent): Blocked | undefined {
  if (!isObject(tool)) return { what: "tool", name: textOf(tool) };
  const type = tool.type ?? "custom";
  if (type === "mcp_toolset" && hasMcp(allowed)) return undefined;
  const [, entry] = Object.entries(serverTools).find(([prefix]) => textOf(type).startsWith(prefix)) ?? [];
  if (entry !== undefined && allowed.providerAccess.includes(entry)) return undefined;
  if (type !== "custom" && type !== "tool_reference") return { what: "tool", name: textOf(type) };
  const member = Object.keys(tool).find((name) => !toolMembers.has(name) && name !== "tool_name");
  return member === undefined ? undefined : { what: "member of a tool", name: member };
}

function blockedMcpServer(server: unknown, { providerAccess }: AllowedContent): Blocked | undefined {
  const url = isObject(server) ? textOf(server.url) : "";
  const entry = mcpEntryOf(url);
  return entry !== undefined && providerAccess.includes(entry) ? undefined : { what: "MCP server", name: url };
}

function blockedContextManagement(value: unknown): Blocked | undefined {
  if (value === null) return undefined;
  if (!isObject(value)) return { what: "context_management", name: textOf(value) };
  const member = Object.keys(value).find((name) => name !== "edits");
  if (member !== undefined) return { what: "member of context_management", name: member };
  return first(value.edits ?? [], (edit) => {
    const type = isObject(edit) ? textOf(edit.type) : textOf(edit);
    return contextEdits.includes(type) ? undefined : { what: "context edit", name: type };
  });
}

const hasMcp = ({ providerAccess }: AllowedContent) => providerAccess.some((entry) => entry.startsWith("mcp:"));

/** The first problem in a list; a value that is not a list is a problem too. */
function first(list: unknown, find: (one: unknown) => Blocked | undefined): Blocked | undefined {
  if (!Array.isArray(list)) return { what: "value where a list belongs", name: textOf(list) };
  for (const one of list) {
    const problem = find(one);
    if (problem) return problem;
  }
  return undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function ownValue<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
}
