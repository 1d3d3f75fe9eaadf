import { open, rename, rm } from "node:fs/promises";
import { UnreachableError } from "../client/errors.js";
import { reasonOf } from "../client/http.js";
import { RefusedError } from "./errors.js";

/** Writes a file that is only there when it is complete; gives its size in bytes. `keep`: an existing file is left as it is, and the command refused. */
export async function writeWhole(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  { keep = false }: { keep?: boolean } = {},
): Promise<number> {
  if (keep) await refuseExisting(path);
  const draft = `${path}.part`;
  const file = await open(draft, "w", 0o600).catch((error: unknown) => {
    throw new RefusedError(`${path} cannot be written: ${reasonOf(error)}.`);
  });
  let bytes = 0;
  try {
    for await (const chunk of interruptible(chunks)) {
      await file.write(chunk);
      bytes += chunk.byteLength;
    }
    await file.sync();
    await file.close();
    await rename(draft, path);
    return bytes;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(draft, { force: true });
    throw error;
  }
}

async function refuseExisting(path: string): Promise<void> {
  const there = await open(path, "r").catch(() => undefined);
  if (!there) return;
  await there.close();
  throw new RefusedError(`${path} is there already; name another place with --out. Nothing was written.`);
}

/** The chunks; a connection that breaks is said in words. */
export async function* interruptible(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw new UnreachableError("The connection was cut before the end; what was printed is not the whole room.", {
      cause: error,
    });
  }
}
