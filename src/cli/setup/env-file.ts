import { randomBytes } from "node:crypto";
import { chmod, open, readFile, realpath, rename, rm } from "node:fs/promises";
import { reasonOf } from "../../client/http.js";
import { RefusedError } from "../errors.js";

/** For this user alone: the file holds tokens. */
const ownerOnly = 0o600;

/**
 * Puts the values into the file, which is made if it is missing, with mode 0600. Everything else in it stays as it is. The file is replaced as a
 * whole, so that a crash leaves the old one or the new one. Throws `RefusedError` when it cannot be written.
 */
export async function writeEnvFile(path: string, values: Readonly<Record<string, string>>): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const next = `${target}.${randomBytes(6).toString("hex")}`;
  try {
    const before = await readFile(target, "utf8").catch(ifMissing);
    const file = await open(next, "wx", ownerOnly);
    try {
      await file.writeFile(withValues(before, values), "utf8");
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(next, ownerOnly);
    await rename(next, target);
  } catch (error) {
    await rm(next, { force: true }).catch(() => undefined);
    throw new RefusedError(`${path} cannot be written: ${reasonOf(error)}. Nothing in it was changed.`);
  }
}

function ifMissing(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") return "";
  throw error;
}

/** The text with these values: the last line of a key is changed, other lines of it go, and a new key comes at the end. */
export function withValues(text: string, values: Readonly<Record<string, string>>): string {
  const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
  const left = new Map(Object.entries(values));
  const kept: string[] = [];
  for (const line of text.split(/\r?\n/).reverse()) {
    const key = keyOf(line);
    if (key === undefined || values[key] === undefined) kept.push(line);
    else if (left.has(key)) kept.push(lineOf(key, values[key]));
    if (key !== undefined) left.delete(key);
  }
  const lines = kept.reverse();
  while (lines.at(-1) === "") lines.pop();
  return [...lines, ...[...left].map(([key, value]) => lineOf(key, value)), ""].join(lineEnd);
}

const keyOf = (line: string): string | undefined => /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=/.exec(line)?.[1];

function lineOf(key: string, value: string): string {
  if (/^[\w.,:/+@%-]*$/.test(value)) return `${key}=${value}`;
  const quote = ['"', "'", "`"].find((one) => !value.includes(one));
  if (quote === undefined || /[\r\n]/.test(value))
    throw new Error(`${key} has a value that no line of the file can hold`);
  return `${key}=${quote}${value}${quote}`;
}
