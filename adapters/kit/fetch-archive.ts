import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A package could not be fetched; the message says what was kept and what to do. */
export class FetchError extends Error {
  readonly code = "package_unavailable";

  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "FetchError";
  }
}

/** SHA-512 of a file, as registries write it: `sha512-` and base64. */
export async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha512");
  await pipeline(createReadStream(path), hash);
  return `sha512-${hash.digest("base64")}`;
}

function lastLines(error: unknown): string {
  const output = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
  return output.trim().split("\n").slice(-3).join("\n");
}

/** The digest that the registry names for `<name>@<version>`. Throws FetchError. */
export async function registryIntegrity(specifier: string): Promise<string> {
  const { stdout } = await run("npm", ["view", specifier, "dist.integrity"]).catch((error: unknown) => {
    throw new FetchError(
      `npm could not look up ${specifier}. Nothing was changed. npm said:\n${lastLines(error)}`,
      error,
    );
  });
  const integrity = stdout.trim();
  if (integrity.startsWith("sha512-")) return integrity;
  throw new FetchError(`The registry does not have ${specifier}. Nothing was changed. Check the version number.`);
}

async function download(specifier: string, folder: string): Promise<string> {
  const command = ["pack", specifier, "--pack-destination", folder, "--loglevel", "error"];
  await run("npm", command, { cwd: folder, maxBuffer: 16 * 1_024 * 1_024 }).catch((error: unknown) => {
    throw new FetchError(
      `npm could not download ${specifier}. Nothing was kept. npm said:\n${lastLines(error)}`,
      error,
    );
  });
  const archive = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
  if (archive === undefined) throw new FetchError(`npm pack ${specifier} left no archive. Try again.`);
  return join(folder, archive);
}

/** The archive of `<name>@<version>` in `folder`, downloaded with `npm pack` and compared with its digest. Throws FetchError. */
export async function fetchArchive(options: { specifier: string; integrity: string; folder: string }): Promise<string> {
  const { specifier, integrity, folder } = options;
  const archive = await download(specifier, folder);
  const actual = await digestOf(archive);
  if (actual === integrity) return archive;
  throw new FetchError(
    `${specifier} does not match its digest: expected ${integrity}, got ${actual}. ` +
      "The download was deleted. Try again; if it happens twice, do not use this registry.",
  );
}
