import { mcpEntryOf } from "../../src/core/values/provider-access.js";
import type { AllowedContent } from "../../src/ports/model-gateway.js";
import type { Blocked } from "../kit/gateway/wire.js";
import { clientTools, hostedTools } from "./content-list.js";
import { asText, firstIn, foreignMember, isObject, type JsonObject, ownValue } from "./json-object.js";

/** Tools within tools: a namespace holds tools and no further namespace, so that nothing is nested without end. */
type Depth = "outer" | "inner";

/** The first thing in a list of tools that runs elsewhere than at the agent, or is unknown. */
export function blockedTools(tools: unknown, allowed: AllowedContent, depth: Depth = "outer"): Blocked | undefined {
  return firstIn(tools, (tool) => blockedTool(tool, allowed, depth));
}

function blockedTool(tool: unknown, allowed: AllowedContent, depth: Depth): Blocked | undefined {
  if (!isObject(tool)) return { what: "tool", name: asText(tool) };
  const type = asText(tool.type);
  const members = ownValue(clientTools, type);
  if (!members) return blockedHostedTool(tool, type, allowed);
  if (type === "namespace" && depth === "inner") return { what: "tool in a namespace", name: type };
  const member = foreignMember(tool, ["type"], members);
  if (member !== undefined) return { what: `member of a ${type} tool`, name: member };
  if (type === "tool_search" && tool.execution !== "client")
    return { what: "tool", name: "tool_search of the provider" };
  return type === "namespace" ? blockedTools(tool.tools, allowed, "inner") : undefined;
}

function blockedHostedTool(tool: JsonObject, type: string, allowed: AllowedContent): Blocked | undefined {
  if (type === "mcp") return blockedMcpServer(tool, allowed);
  const entry = entryOfHosted(type);
  if (entry === undefined || !allowed.providerAccess.includes(entry)) return { what: "tool", name: type };
  return type.startsWith("code_interpreter") ? blockedContainer(tool.container, allowed) : undefined;
}

/** The entry of the policy's `providerAccess` that allows a tool of the provider; undefined: none does. */
function entryOfHosted(type: string): string | undefined {
  const [, entry] = Object.entries(hostedTools).find(([name]) => type === name || type.startsWith(`${name}_`)) ?? [];
  return entry;
}

/** A fresh container. One that is there already, or files put into it, belong to the operator's account. */
function blockedContainer(container: unknown, { providerAccess }: AllowedContent): Blocked | undefined {
  if (!isObject(container) || container.type !== "auto") return { what: "container", name: asText(container) };
  const files = providerAccess.includes("file_sources") ? ["file_ids"] : [];
  const member = foreignMember(container, ["type", "memory_limit"], files);
  return member === undefined ? undefined : { what: "member of a container", name: member };
}

/** A connector is a server too, of the operator's account and without an address; none is allowed. */
function blockedMcpServer(server: JsonObject, { providerAccess }: AllowedContent): Blocked | undefined {
  if (server.connector_id !== undefined) return { what: "connector", name: asText(server.connector_id) };
  const url = asText(server.server_url);
  const entry = mcpEntryOf(url);
  return entry !== undefined && providerAccess.includes(entry) ? undefined : { what: "MCP server", name: url };
}

/** `tool_choice`: a word, or the type and name of tools that are allowed themselves. */
export function blockedToolChoice(choice: unknown, allowed: AllowedContent): Blocked | undefined {
  if (!isObject(choice)) return undefined;
  const type = asText(choice.type);
  if (type === "allowed_tools") {
    const list = isObject(choice.allowed_tools) ? choice.allowed_tools.tools : choice.tools;
    return firstIn(list, (one) => blockedToolChoice(one, allowed));
  }
  if (ownValue(clientTools, type)) return undefined;
  if (type === "mcp" && hasMcp(allowed)) return undefined;
  const entry = entryOfHosted(type);
  const isAllowed = entry !== undefined && allowed.providerAccess.includes(entry);
  return isAllowed ? undefined : { what: "tool choice", name: type };
}

/** Whether the room's owner has named any MCP server. */
export function hasMcp({ providerAccess }: AllowedContent): boolean {
  return providerAccess.some((entry) => entry.startsWith("mcp:"));
}
