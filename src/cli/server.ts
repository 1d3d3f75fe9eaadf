import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { UnreachableError } from "../client/errors.js";
import { type Api, createApi } from "../client/http.js";
import type { Context } from "./command.js";
import { UsageError } from "./errors.js";

/** Where the server is and how that was found out. */
export interface ServerPlace {
  url: string;
  /** `run` means the file a server on this machine wrote; it may have moved to another port since. */
  from: "option" | "environment" | "run";
}

export function dataDirOf(context: Context): string {
  return resolve(context.cwd, context.globals.dataDir ?? (context.env.PARLEY_DATA_DIR || ".parley"));
}

/** Looked up each time, because a server on this machine may come back on another port. */
export async function findServer(context: Context): Promise<ServerPlace> {
  const { globals, env } = context;
  if (globals.url !== undefined) return { url: originOf(globals.url, "--url"), from: "option" };
  if (env.PARLEY_URL) return { url: originOf(env.PARLEY_URL, "PARLEY_URL"), from: "environment" };
  const run = await readRunFile(dataDirOf(context));
  if (run) return { url: originOf(run.url, "run.json"), from: "run" };
  throw new UnreachableError(
    `No server is known here: ${dataDirOf(context)} has no run.json. Start one with parley up, or name one with --url or PARLEY_URL.`,
  );
}

export async function readRunFile(dataDir: string): Promise<{ url: string; pid: number } | undefined> {
  const text = await readFile(join(dataDir, "run.json"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const run = JSON.parse(text) as { url?: unknown; pid?: unknown };
    return typeof run.url === "string" ? { url: run.url, pid: Number(run.pid) } : undefined;
  } catch {
    return undefined;
  }
}

/** Scheme, host and port; a path, as in a link to the page, is left off. */
export function originOf(text: string, where: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url.origin;
  throw new UsageError(
    `${where} is “${text}”; expected an http:// or https:// address, such as http://127.0.0.1:4400.`,
  );
}

/** The token that was given outright, if one was. */
export function givenToken({ globals, env }: Context): string | undefined {
  return globals.token ?? (env.PARLEY_TOKEN || undefined);
}

/** The admin token of a server whose data folder this user can read. Only for a server that was found there, or that is named with the folder. */
export async function adminToken(context: Context, place: ServerPlace): Promise<string | undefined> {
  const dataDir = dataDirOf(context);
  const run = place.from === "run" ? undefined : await readRunFile(dataDir);
  const isThatServer = place.from === "run" || (run && originOf(run.url, "run.json") === place.url);
  if (!isThatServer) return undefined;
  // A server that is given its token by the environment keeps none in the folder.
  if (context.env.PARLEY_ADMIN_TOKEN) return context.env.PARLEY_ADMIN_TOKEN;
  const text = await readFile(join(dataDir, "admin-token"), "utf8").catch(() => "");
  return text.trim() || undefined;
}

/** The way to the server for what concerns no room: the given token, else the admin's. */
export async function connectToServer(context: Context): Promise<Api> {
  const place = await findServer(context);
  const token = givenToken(context) ?? (await adminToken(context, place));
  return createApi({ url: place.url, token, signal: context.signal });
}

/** A sentence on what to do about a server that does not answer; undefined if no advice is known, which was said already. */
export async function hintWhenUnreachable(context: Context): Promise<string | undefined> {
  const place = await findServer(context).catch(() => undefined);
  if (!place) return undefined;
  if (place.from !== "run") return "Check the address, or start a server here with parley up.";
  const run = await readRunFile(dataDirOf(context));
  const gone = run !== undefined && !isProcessAlive(run.pid);
  return gone
    ? `The server that wrote run.json (process ${run.pid}) is gone; start it again with parley up.`
    : "Start it with parley up.";
}

/** Whether a process of this id runs on this machine, of whatever user. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
