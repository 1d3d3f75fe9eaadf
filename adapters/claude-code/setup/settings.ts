import { z } from "zod";

/**
 * The parts of a repository's `.mcp.json` and `.claude/settings.json` that agents may use, in the format of Claude Code 2.1. Unknown members are refused,
 * because leaving them out could change the meaning of the rest.
 */

const name = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const texts = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]{0,127}$/), z.string());
const timeout = z.number().int().positive().exactOptional();

const stdioServer = z.strictObject({
  type: z.literal("stdio").exactOptional(),
  command: z.string().min(1),
  args: z.array(z.string()).exactOptional(),
  env: texts.exactOptional(),
  timeout,
});
const remoteServer = z.strictObject({
  type: z.enum(["http", "sse"]),
  url: z.string().regex(/^https?:\/\//),
  headers: texts.exactOptional(),
  timeout,
});
const server = z.union([stdioServer, remoteServer]);
/** MCP servers by name. Stdio servers run in the agent's sandbox; others are reached from there, through its proxy. */
export const mcpServersSchema = z.record(name, server).refine((all) => Object.keys(all).length <= 20);
/** MCP servers by name. */
export type McpServers = z.infer<typeof mcpServersSchema>;

const commandHook = z.strictObject({ type: z.literal("command"), command: z.string().min(1), timeout });
const matcher = z.strictObject({ matcher: z.string().exactOptional(), hooks: z.array(commandHook).max(20) });
/** Hooks by the event that triggers them. Each is a command that runs in the agent's sandbox. */
export const hooksSchema = z.record(z.string().regex(/^[A-Za-z]{1,40}$/), z.array(matcher).max(20));
/** Hooks by event. */
export type Hooks = z.infer<typeof hooksSchema>;

/** A part of a file and the text it is offered as, or the reason why it cannot be used. `leftOut`: members that were left out. */
export type ReadPart<T> =
  | { kind: "ok"; value: T; text: string; leftOut: string[] }
  | { kind: "none" }
  | { kind: "problem"; why: string };

/** The servers of a `.mcp.json`. */
export function readMcpServers(json: string): ReadPart<McpServers> {
  return readPart(json, { member: "mcpServers", schema: mcpServersSchema });
}

/** The hooks of a `.claude/settings.json`, and nothing else of it. */
export function readHooks(json: string): ReadPart<Hooks> {
  return readPart(json, { member: "hooks", schema: hooksSchema });
}

function readPart<T extends object>(
  json: string,
  { member, schema }: { member: string; schema: z.ZodType<T> },
): ReadPart<T> {
  const file = parsed(json);
  if (file === undefined) return { kind: "problem", why: "it is not a JSON object" };
  const leftOut = Object.keys(file).filter((key) => key !== member && key !== "$schema");
  if (!Object.hasOwn(file, member)) return { kind: "none" };
  const read = schema.safeParse(file[member]);
  if (!read.success) return { kind: "problem", why: whyNotRead(member, read.error) };
  if (Object.keys(read.data).length === 0) return { kind: "none" };
  return { kind: "ok", value: read.data, text: `${JSON.stringify({ [member]: read.data }, null, 2)}\n`, leftOut };
}

function parsed(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Names of members come from the repository, so unusual characters are replaced. */
function whyNotRead(member: string, { issues }: z.ZodError): string {
  const path = (issues[0]?.path ?? []).map((key) =>
    String(key)
      .replace(/[^A-Za-z0-9_-]/g, "?")
      .slice(0, 40),
  );
  return `${[member, ...path].join(".")} has a form that cannot be used`;
}
