import { constants, existsSync, type Stats } from "node:fs";
import { type FileHandle, lstat, open, realpath } from "node:fs/promises";
import { join } from "node:path";
import { refusedWork } from "../kit/work-path.js";

/** An opened file or folder of a work folder. The caller closes it. */
export interface OpenedInside {
  handle: FileHandle;
  stats: Stats;
  /** A path of this very file, whatever stands at its old place by now. Only on Linux; elsewhere the path it was opened under. */
  path: string;
}

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** Linux shows each descriptor as a link that leads to the file itself, so what is below it is opened as with `openat` (proc(5), "/proc/pid/fd"). */
const descriptors = "/proc/self/fd";
const hasDescriptors = process.platform === "linux" && existsSync(descriptors);

/**
 * Opens a file or folder below `root` by the names on the way to it, each from the folder before it, and follows no link. Undefined: it is not there. Throws a `PortError`
 * (`refused`) for a link, a device, a pipe, a socket, and for what this user may not read. A pipe is not waited for.
 */
export async function openInside(
  root: string,
  { parts, kind }: { parts: readonly string[]; kind: "file" | "folder" },
): Promise<OpenedInside | undefined> {
  let at = await openAs(root, { kind: parts.length === 0 ? kind : "folder", shown: "the work folder" });
  let walked = root;
  for (const [index, part] of parts.entries()) {
    if (!at) return undefined;
    const before = at;
    walked = join(walked, part);
    const isLast = index === parts.length - 1;
    const shown = JSON.stringify(parts.slice(0, index + 1).join("/"));
    try {
      const path = hasDescriptors ? `${before.path}/${part}` : walked;
      at = await openAs(path, { kind: isLast ? kind : "folder", shown });
    } finally {
      await before.handle.close();
    }
  }
  if (at && !hasDescriptors) await refuseMoved(at, { root, parts });
  return at;
}

async function openAs(
  path: string,
  { kind, shown }: { kind: "file" | "folder"; shown: string },
): Promise<OpenedInside | undefined> {
  const found = await lstat(path).catch(unlessMissing);
  if (!found) return undefined;
  if (found.isSymbolicLink()) throw refusedWork(`${shown} is a link, which is not followed`);
  if (kind === "folder" && !found.isDirectory()) return undefined;
  if (kind === "file" && !found.isFile()) throw refusedWork(`${shown} is not a file`);
  const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | (kind === "folder" ? O_DIRECTORY : 0);
  const handle = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    if (error.code === "EACCES" || error.code === "EPERM") throw refusedWork(`${shown} may not be read`);
    throw refusedWork(`${shown} changed while it was opened`);
  });
  if (!handle) return undefined;
  const stats = await handle.stat();
  if (kind === "file" ? stats.isFile() : stats.isDirectory())
    return { handle, stats, path: hasDescriptors ? `${descriptors}/${handle.fd}` : path };
  await handle.close();
  throw refusedWork(`${shown} is not a ${kind}`);
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT" || error.code === "ENOTDIR" || error.code === "ENAMETOOLONG") return undefined;
  if (error.code === "EACCES" || error.code === "ELOOP") throw refusedWork("It may not be read");
  throw error;
}

/** Where a file cannot be opened from its folder: it has to be what stands at its own place now, with no link on the way. */
async function refuseMoved(
  { handle, stats }: OpenedInside,
  { root, parts }: { root: string; parts: readonly string[] },
): Promise<void> {
  const expected = join(await realpath(root), ...parts);
  const [real, there] = await Promise.all([
    realpath(join(root, ...parts)).catch(() => ""),
    lstat(expected).catch(() => undefined),
  ]);
  if (real === expected && there?.ino === stats.ino && there.dev === stats.dev) return;
  await handle.close();
  throw refusedWork("It changed while it was opened");
}
