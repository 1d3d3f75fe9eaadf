import { parseJson } from "./json.js";
import type { Arguments, ArgumentType, Method } from "./methods/method.js";
import type { Json } from "./model.js";
import { SlackError } from "./slack-error.js";

/** A request body as fields. */
export type RawFields = Json;

/** Bolt's client adds it to every call; the platform minds it nowhere. */
const everywhere = "team_id";

/**
 * The arguments of a method call from a form or JSON body. JSON members may come as text inside a form field.
 *
 * @param onUnknown told about each field the method does not have; the platform ignores them.
 * @throws SlackError `invalid_arguments` for a missing or ill-typed argument
 */
export function readArguments(method: Method, fields: RawFields, onUnknown: (name: string) => void): Arguments {
  const values = new Map<string, unknown>();
  for (const [name, raw] of Object.entries(fields)) {
    const type = Object.hasOwn(method.args, name) ? method.args[name] : undefined;
    if (name === everywhere) continue;
    if (type === undefined) onUnknown(name);
    else values.set(name, convert(type, name, raw));
  }
  for (const name of method.required ?? []) {
    if (values.has(name) && values.get(name) !== "") continue;
    throw problem(name === "channel" ? "channel_not_found" : "invalid_arguments", `missing required field: ${name}`);
  }
  return {
    text: (name) => values.get(name) as string | undefined,
    flag: (name) => values.get(name) as boolean | undefined,
    count: (name) => values.get(name) as number | undefined,
    json: (name) => values.get(name),
  };
}

function convert(type: ArgumentType, name: string, raw: unknown): unknown {
  if (type === "string") return typeof raw === "string" ? raw : String(raw);
  if (type === "json") return readJson(name, raw);
  if (type === "integer") {
    const value = Number(raw);
    if (!Number.isInteger(value)) throw problem("invalid_arguments", `must be an integer: ${name}`);
    return value;
  }
  if (["true", "1", true].includes(raw as string)) return true;
  if (["false", "0", false].includes(raw as string)) return false;
  throw problem("invalid_arguments", `must be a boolean: ${name}`);
}

function readJson(name: string, raw: unknown): unknown {
  const value = typeof raw === "string" ? parseJson(raw) : raw;
  if (value !== undefined) return value;
  if (name === "blocks") throw problem("invalid_blocks_format", "not JSON");
  if (name === "metadata") throw problem("invalid_metadata_format", "not JSON");
  throw problem("invalid_arguments", `not JSON: ${name}`);
}

const problem = (code: string, message: string): SlackError =>
  new SlackError(code, { response_metadata: { messages: [`[ERROR] ${message}`] } });
