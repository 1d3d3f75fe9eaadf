import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CLAUDE_CODE_VERSION } from "../../adapters/docker/image/claude-code-release.js";
import { fetchClaudeCode } from "../../adapters/docker/image/fetch-claude-code.js";
import { FetchError } from "../../adapters/kit/fetch-archive.js";
import { type OnePackageRegistry, startOnePackageRegistry } from "../support/one-package-registry.js";

const NAME = "@anthropic-ai/claude-code-linux-x64";
const run = promisify(execFile);

let folder: string;
let registry: OnePackageRegistry | undefined;

/** A package archive whose binary prints `words`. */
const archiveOf = async (version: string, words: string): Promise<Buffer> => {
  const source = await mkdtemp(join(folder, "source-"));
  await mkdir(join(source, "package"));
  await writeFile(join(source, "package", "package.json"), JSON.stringify({ name: NAME, version }));
  await writeFile(join(source, "package", "claude"), `#!/bin/sh\necho ${words}\n`);
  await run("tar", ["-czf", join(source, "out.tgz"), "-C", source, "package"]);
  return readFile(join(source, "out.tgz"));
};

const startRegistry = async (version: string, archive: Buffer): Promise<void> => {
  registry = await startOnePackageRegistry({ name: NAME, version }, archive);
  vi.stubEnv("npm_config_registry", registry.url);
};

const fetchVersion = (version: string): Promise<string> =>
  fetchClaudeCode({ version, platform: "linux-x64", cacheDir: join(folder, "cache"), report: () => {} });

const leftovers = async (): Promise<string[]> => readdir(join(folder, "cache", "claude-code")).catch(() => []);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fetch-claude-code-"));
  vi.stubEnv("npm_config_cache", join(folder, "npm"));
  vi.stubEnv("npm_config_fetch_retries", "0");
});

afterEach(async () => {
  vi.unstubAllEnvs();
  registry?.close();
  registry = undefined;
  await rm(folder, { recursive: true, force: true });
});

describe("fetching Claude Code", { timeout: 180_000 }, () => {
  test("downloads once, then answers from the cache", async () => {
    await startRegistry("9.9.9", await archiveOf("9.9.9", "it-runs"));
    const binary = await fetchVersion("9.9.9");
    expect((await run(binary)).stdout).toBe("it-runs\n");
    expect((await stat(join(binary, ".."))).mode & 0o777).toBe(0o755);
    expect(await fetchVersion("9.9.9")).toBe(binary);
    expect(registry?.downloads()).toBe(1);
    expect(await leftovers()).toEqual(["9.9.9-linux-x64"]);
  });

  test("replaces a binary that was altered in the cache", async () => {
    await startRegistry("9.9.9", await archiveOf("9.9.9", "genuine"));
    const binary = await fetchVersion("9.9.9");
    await writeFile(binary, "#!/bin/sh\necho altered\n");
    expect((await run(await fetchVersion("9.9.9"))).stdout).toBe("genuine\n");
  });

  test("refuses a known version that a registry serves with other contents", async () => {
    await startRegistry(CLAUDE_CODE_VERSION, await archiveOf(CLAUDE_CODE_VERSION, "not-the-real-one"));
    await expect(fetchVersion(CLAUDE_CODE_VERSION)).rejects.toThrow(/does not match its digest.*was deleted/s);
    expect(registry?.downloads()).toBe(1);
    expect(await leftovers()).toEqual([]);
  });

  test.each(["latest", "^2.1.0", "2.1", ""])("refuses %j, which is not an exact version", async (version) => {
    await expect(fetchVersion(version)).rejects.toThrow(FetchError);
  });

  test("says so when the registry does not have the version, or cannot be reached", async () => {
    await startRegistry("9.9.9", await archiveOf("9.9.9", "x"));
    await expect(fetchVersion("9.9.8")).rejects.toThrow(/9\.9\.8.*Nothing was changed/s);
    vi.stubEnv("npm_config_registry", "http://127.0.0.1:9/");
    await expect(fetchVersion("9.9.7")).rejects.toThrow(/npm could not look up/);
  });
});
