import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { RefusedError } from "./errors.js";

/** A token a person got for one room of one server, kept for the commands to come. */
export interface KeptToken {
  url: string;
  roomId: string;
  roomName: string;
  /** Name of the participant that the token belongs to. */
  name: string;
  role: string;
  token: string;
}

/** `$XDG_CONFIG_HOME/parley/tokens.json` or `~/.config/parley/tokens.json`; undefined where there is no home folder. */
export function tokenFilePath(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const folder = env.XDG_CONFIG_HOME || (env.HOME && join(env.HOME, ".config"));
  return folder ? join(folder, "parley", "tokens.json") : undefined;
}

export async function readKeptTokens(env: Readonly<Record<string, string | undefined>>): Promise<KeptToken[]> {
  const path = tokenFilePath(env);
  const text = path === undefined ? "" : await readFile(path, "utf8").catch(() => "");
  if (text.trim() === "") return [];
  const tokens = tokensIn(text);
  if (!tokens) {
    throw new RefusedError(
      `${path} cannot be read as JSON; nothing was changed. Repair it, or remove it and join again.`,
    );
  }
  return tokens;
}

function tokensIn(text: string): KeptToken[] | undefined {
  try {
    const value = JSON.parse(text) as { tokens?: unknown };
    return Array.isArray(value.tokens) ? value.tokens.filter(isKeptToken) : undefined;
  } catch {
    return undefined;
  }
}

function isKeptToken(value: unknown): value is KeptToken {
  if (typeof value !== "object" || value === null) return false;
  const entry = value as Record<string, unknown>;
  return ["url", "roomId", "roomName", "name", "role", "token"].every((key) => typeof entry[key] === "string");
}

/** Keeps the token, in place of an older one for the same room, in a file only this user can read. Resolves to its path. */
export async function keepToken(
  env: Readonly<Record<string, string | undefined>>,
  kept: KeptToken,
): Promise<string | undefined> {
  const path = tokenFilePath(env);
  if (path === undefined) return undefined;
  const others = (await readKeptTokens(env)).filter(({ url, roomId }) => url !== kept.url || roomId !== kept.roomId);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.new`;
  await writeFile(draft, `${JSON.stringify({ tokens: [...others, kept] }, null, 2)}\n`, { mode: 0o600 });
  await chmod(draft, 0o600);
  await rename(draft, path);
  return path;
}
