import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { reasonOf } from "../client/http.js";
import { type GatePolicy, gatePolicySchema } from "../core/room/policy.js";
import type { Context } from "./command.js";
import { UsageError } from "./errors.js";

/** More than a server accepts: the rest of the piped input is not read. */
const maxInputBytes = 1_024 * 1_024;

/** Everything on standard input, as UTF-8. */
export async function readStdin({ stdin, signal }: Context): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const stop = () => stdin.destroy();
  signal.addEventListener("abort", stop, { once: true });
  for await (const chunk of stdin) {
    const part = Buffer.from(chunk as Uint8Array | string);
    bytes += part.length;
    if (bytes > maxInputBytes)
      throw new UsageError("More than 1 MiB came in on standard input; a message has at most 32 KiB.");
    chunks.push(part);
  }
  signal.removeEventListener("abort", stop);
  return Buffer.concat(chunks).toString("utf8");
}

/** A text from a file, or from standard input for `-`. */
export async function readText(context: Context, path: string): Promise<string> {
  if (path === "-") return readStdin(context);
  try {
    return await readFile(resolve(context.cwd, path), "utf8");
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${reasonOf(error)}.`);
  }
}

export async function readJson(context: Context, path: string): Promise<unknown> {
  const text = await readText(context, path);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path} is not JSON: ${reasonOf(error)}.`);
  }
}

/** `never`, `always`, `first`, or JSON such as `{"to":["room"]}`. */
export function parseGatePolicy(text: string, where: string): GatePolicy {
  const parsed = gatePolicySchema.safeParse(text.startsWith("{") ? jsonOr(text) : text);
  if (parsed.success) return parsed.data;
  throw new UsageError(
    `${where} is “${text}”; expected never, always, first, or JSON such as {"to":["room"],"prefix":["DONE:"]}.`,
  );
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
