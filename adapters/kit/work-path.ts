import { PortError } from "../../src/ports/port-error.js";

/** A work folder refuses what it was asked for; nothing was read. */
export function refusedWork(why: string): PortError {
  return new PortError(`${why}. Nothing was read.`, { code: "refused", retryable: false });
}

/**
 * The names on the way from a work folder to `path`, without `.` and doubled slashes; none for the folder itself. Throws a `PortError` (`refused`) where the path is
 * absolute, climbs out, or cannot be the path of a file.
 */
export function partsOfWorkPath(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (path.startsWith("/") || path.includes("\0") || parts.includes(".."))
    throw refusedWork(`${JSON.stringify(path)} leaves the work folder`);
  if (parts.length > maxDepth) throw refusedWork(`A path may have at most ${maxDepth} levels`);
  return parts;
}

/** Deepest level that is looked at. */
export const maxDepth = 256;
