import type { AllowedContent } from "../../src/ports/model-gateway.js";
import type { Blocked } from "../kit/gateway/wire.js";
import { partMembers } from "./content-list.js";
import { asText, firstIn, foreignMember, isObject, type JsonObject, ownValue } from "./json-object.js";

/** A text, or a list of parts: the first part that is unknown, or names something that is fetched or stored elsewhere. */
export function blockedContent(content: unknown, allowed: AllowedContent): Blocked | undefined {
  if (content === undefined || content === null || typeof content === "string") return undefined;
  return firstIn(content, (part) => blockedPart(part, allowed));
}

function blockedPart(part: unknown, allowed: AllowedContent): Blocked | undefined {
  if (!isObject(part)) return { what: "part", name: asText(part) };
  const type = asText(part.type);
  const members = ownValue(partMembers, type);
  if (!members) return { what: "part", name: type };
  const member = foreignMember(part, ["type", "prompt_cache_breakpoint"], members);
  if (member !== undefined) return { what: `member of a ${type} part`, name: member };
  if (type === "input_image") return blockedSource(part, { url: part.image_url, allowed });
  if (type === "input_file") return blockedSource(part, { url: part.file_url, allowed });
  if (type === "file") return blockedFile(part.file, allowed);
  return type === "image_url" ? blockedImage(part.image_url, allowed) : undefined;
}

/** Chat Completions put an image and a file into objects of their own. */
function blockedImage(image: unknown, allowed: AllowedContent): Blocked | undefined {
  if (!isObject(image)) return { what: "source", name: asText(image) };
  const member = foreignMember(image, ["url", "detail"]);
  if (member !== undefined) return { what: "member of a source", name: member };
  return blockedSource({}, { url: image.url, allowed });
}

function blockedFile(file: unknown, allowed: AllowedContent): Blocked | undefined {
  if (!isObject(file)) return { what: "source", name: asText(file) };
  const member = foreignMember(file, ["file_data", "filename", "file_id"]);
  if (member !== undefined) return { what: "member of a source", name: member };
  return blockedSource(file, { url: undefined, allowed });
}

/** Only data that the part contains itself, unless the owner allows what the provider fetches or keeps. */
function blockedSource(
  source: JsonObject,
  { url, allowed }: { url: unknown; allowed: AllowedContent },
): Blocked | undefined {
  const { providerAccess } = allowed;
  const isStored = source.file_id !== undefined && source.file_id !== null;
  if (isStored && !providerAccess.includes("file_sources")) return { what: "source", name: "file_id" };
  if (url === undefined || url === null || providerAccess.includes("url_sources")) return undefined;
  return typeof url === "string" && /^data:/i.test(url) ? undefined : { what: "source", name: "url" };
}
