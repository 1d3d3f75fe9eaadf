import type { AllowedContent } from "../../src/ports/model-gateway.js";
import type { Blocked } from "../kit/gateway/wire.js";
import {
  hostedItems,
  includable,
  itemMembers,
  mostOutputTokens,
  openAiFixedValues,
  reasoningMembers,
  responsesMembers,
} from "./content-list.js";
import { asText, firstIn, foreignMember, isObject, type JsonObject, ownValue } from "./json-object.js";
import { isOpenAiModelAllowed } from "./models.js";
import { blockedContent } from "./screen-parts.js";
import { blockedToolChoice, blockedTools, hasMcp } from "./screen-tools.js";

/** The first thing in the body of a `POST /v1/responses` that is not on the list; undefined: everything is. */
export function blockedInResponses(body: JsonObject, allowed: AllowedContent): Blocked | undefined {
  for (const [name, value] of Object.entries(body)) {
    if (!responsesMembers.has(name)) return { what: "member", name };
    const problem = blockedMember(name, { value, allowed });
    if (problem) return problem;
  }
  return undefined;
}

function blockedMember(
  name: string,
  { value, allowed }: { value: unknown; allowed: AllowedContent },
): Blocked | undefined {
  switch (name) {
    case "input":
      return typeof value === "string" ? undefined : firstIn(value, (item) => blockedItem(item, allowed));
    case "tools":
      return value === null ? undefined : blockedTools(value, allowed);
    case "include":
      return value === null ? undefined : firstIn(value, blockedInclude);
    case "context_management":
      return value === null ? undefined : firstIn(value, blockedManagement);
    default:
      return blockedSetting(name, { value, allowed });
  }
}

/** Members that both forms of a call have. */
export function blockedSetting(
  name: string,
  { value, allowed }: { value: unknown; allowed: AllowedContent },
): Blocked | undefined {
  const values = ownValue(openAiFixedValues, name);
  if (values && !values.includes(value)) return { what: name, name: asText(value) };
  switch (name) {
    case "model":
      return isOpenAiModelAllowed(asText(value), allowed.models) ? undefined : { what: name, name: asText(value) };
    case "tool_choice":
      return blockedToolChoice(value, allowed);
    case "max_output_tokens":
    case "max_tokens":
    case "max_completion_tokens":
      return isOutputLimit(value) ? undefined : { what: name, name: asText(value) };
    case "reasoning":
      return isObject(value) ? blockedReasoning(value) : undefined;
    case "prompt_cache_options":
      return isObject(value) && (value.ttl ?? "30m") !== "30m"
        ? { what: "cache time", name: asText(value.ttl) }
        : undefined;
    default:
      return undefined;
  }
}

const isOutputLimit = (value: unknown) => value === null || (typeof value === "number" && value <= mostOutputTokens);

/** A mode of reasoning that works on an answer several times costs more than one answer. */
function blockedReasoning(reasoning: JsonObject): Blocked | undefined {
  const member = foreignMember(reasoning, reasoningMembers);
  if (member !== undefined) return { what: "member of reasoning", name: member };
  const { mode } = reasoning;
  return mode === undefined || mode === "standard" ? undefined : { what: "reasoning mode", name: asText(mode) };
}

function blockedInclude(name: unknown): Blocked | undefined {
  return includable.includes(asText(name)) ? undefined : { what: "include", name: asText(name) };
}

function blockedManagement(entry: unknown): Blocked | undefined {
  const type = isObject(entry) ? asText(entry.type) : asText(entry);
  return type === "compaction" ? undefined : { what: "context_management", name: type };
}

function blockedItem(item: unknown, allowed: AllowedContent): Blocked | undefined {
  if (!isObject(item)) return { what: "item", name: asText(item) };
  const type = asText(item.type ?? (item.role === undefined ? "item_reference" : "message"));
  const members = ownValue(itemMembers, type);
  if (!members) return isHostedAllowed(type, allowed) ? undefined : { what: "item", name: type };
  const member = foreignMember(item, ["type", "id"], members);
  if (member !== undefined) return { what: `member of a ${type} item`, name: member };
  if (type === "additional_tools" || type === "tool_search_output") return blockedTools(item.tools, allowed);
  const output = type === "local_shell_call_output" ? undefined : item.output;
  return blockedContent(item.content, allowed) ?? blockedContent(output, allowed);
}

/** Reports of what the provider ran, where it may run that. */
function isHostedAllowed(type: string, allowed: AllowedContent): boolean {
  if (type.startsWith("mcp_")) return hasMcp(allowed);
  return ownValue(hostedItems, type)?.some((entry) => allowed.providerAccess.includes(entry)) ?? false;
}
