import { execFile } from "node:child_process";
import { access, chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { digestOf, FetchError, fetchArchive, registryIntegrity } from "../../kit/fetch-archive.js";
import { CLAUDE_CODE_VERSION, type ClaudeCodePlatform, PINNED_INTEGRITY } from "./claude-code-release.js";

const run = promisify(execFile);

/** `$XDG_CACHE_HOME/parley` or `~/.cache/parley`. */
export const defaultCacheDir = (environment: NodeJS.ProcessEnv): string =>
  join(environment.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "parley");

const releaseDir = (options: { cacheDir: string; version: string; platform: ClaudeCodePlatform }): string =>
  join(options.cacheDir, "claude-code", `${options.version}-${options.platform}`);

/** Where the binary of a version is, or would be, in the cache. */
export const cachedBinaryPath = (options: {
  cacheDir: string;
  version: string;
  platform: ClaudeCodePlatform;
}): string => join(releaseDir(options), "claude");

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** A release is complete once its folder has its final name: it is unpacked beside it and renamed. */
const unpack = async (archive: string, options: { folder: string; target: string }): Promise<void> => {
  await run("tar", ["-xzf", archive, "-C", options.folder, "--strip-components=1", "package/claude"]);
  const binary = join(options.folder, "claude");
  await chmod(options.folder, 0o755);
  await chmod(binary, 0o755);
  await writeFile(join(options.folder, "claude.sha512"), `${await digestOf(binary)}\n`);
  await rm(archive);
  await rm(options.target, { recursive: true, force: true });
  await rename(options.folder, options.target);
};

const isIntact = async (target: string): Promise<boolean> => {
  if (!(await exists(join(target, "claude.sha512")))) return false;
  const expected = (await readFile(join(target, "claude.sha512"), "utf8")).trim();
  return expected === (await digestOf(join(target, "claude")).catch(() => "missing"));
};

export interface FetchOptions {
  /** Exact, e.g. `2.1.328`; ranges and tags are refused. */
  readonly version: string;
  readonly platform: ClaudeCodePlatform;
  readonly cacheDir: string;
  readonly report: (line: string) => void;
}

/**
 * Path of Claude Code's native binary, from the cache or downloaded with `npm pack` and verified.
 * Throws FetchError.
 */
export const fetchClaudeCode = async (options: FetchOptions): Promise<string> => {
  const { version, platform, cacheDir, report } = options;
  if (!/^\d+\.\d+\.\d+$/.test(version)) {
    throw new FetchError(`"${version}" is not an exact version; write it out, e.g. ${CLAUDE_CODE_VERSION}.`);
  }
  const target = releaseDir(options);
  if (await isIntact(target)) {
    report(`Claude Code ${version} (${platform}) is in the cache, digest checked: ${target}`);
    return cachedBinaryPath(options);
  }
  const specifier = `@anthropic-ai/claude-code-${platform}@${version}`;
  const pinned = PINNED_INTEGRITY[version]?.[platform];
  const integrity = pinned ?? (await registryIntegrity(specifier));
  await mkdir(join(cacheDir, "claude-code"), { recursive: true });
  const folder = await mkdtemp(join(cacheDir, "claude-code", ".incoming-"));
  try {
    report(`Downloading ${specifier} (about 170 MB) …`);
    const archive = await fetchArchive({ specifier, integrity, folder });
    report(`Digest matches the one ${pinned === undefined ? "the registry names" : "written down here"}. Unpacking …`);
    await unpack(archive, { folder, target });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  report(`Claude Code ${version} (${platform}) is in ${target}`);
  return cachedBinaryPath(options);
};
