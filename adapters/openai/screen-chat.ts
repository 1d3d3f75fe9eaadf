import type { AllowedContent } from "../../src/ports/model-gateway.js";
import type { Blocked } from "../kit/gateway/wire.js";
import { chatMembers, chatMessageMembers } from "./content-list.js";
import { asText, firstIn, isObject, type JsonObject } from "./json-object.js";
import { blockedContent } from "./screen-parts.js";
import { blockedSetting } from "./screen-responses.js";
import { blockedTools } from "./screen-tools.js";

/** The first thing in the body of a `POST /v1/chat/completions` that is not on the list; undefined: everything is. */
export function blockedInChat(body: JsonObject, allowed: AllowedContent): Blocked | undefined {
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
  if (name === "web_search_options" && allowed.providerAccess.includes("web_search")) return undefined;
  if (!chatMembers.has(name)) return { what: "member", name };
  if (name === "messages") return firstIn(value, (message) => blockedMessage(message, allowed));
  if (name === "tools") return value === null ? undefined : blockedTools(value, allowed);
  return blockedSetting(name, { value, allowed });
}

function blockedMessage(message: unknown, allowed: AllowedContent): Blocked | undefined {
  if (!isObject(message)) return { what: "message", name: asText(message) };
  const member = Object.keys(message).find((name) => !chatMessageMembers.has(name));
  if (member !== undefined) return { what: "member of a message", name: member };
  return blockedContent(message.content, allowed);
}
