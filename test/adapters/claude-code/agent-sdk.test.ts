import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { agentSdkRelease, loadAgentSdk } from "../../../adapters/claude-code/agent-sdk.js";
import { FetchError } from "../../../adapters/kit/fetch-archive.js";
import { type OnePackageRegistry, startOnePackageRegistry } from "../../support/one-package-registry.js";

const name = "@anthropic-ai/claude-agent-sdk";
let folder: string;
let registry: OnePackageRegistry | undefined;

/** A registry with this one version, which the real npm client talks to; resolves to the archive's digest. */
async function startRegistry(): Promise<string> {
  await mkdir(join(folder, "source", "package"), { recursive: true });
  const manifest = { name, version: "9.9.9", optionalDependencies: { [`${name}-linux-x64`]: "9.9.9" } };
  await writeFile(join(folder, "source", "package", "package.json"), JSON.stringify(manifest));
  await writeFile(join(folder, "source", "package", "sdk.mjs"), 'export const query = () => "of the cache";\n');
  await promisify(execFile)("tar", ["-czf", join(folder, "sdk.tgz"), "-C", join(folder, "source"), "package"]);
  const archive = await readFile(join(folder, "sdk.tgz"));
  registry = await startOnePackageRegistry(manifest, archive);
  vi.stubEnv("npm_config_registry", registry.url);
  return registry.integrity;
}

/** An installation without the SDK. */
async function importModule(specifier: string): Promise<unknown> {
  if (specifier === name) throw Object.assign(new Error("not found"), { code: "ERR_MODULE_NOT_FOUND" });
  return import(/* @vite-ignore */ specifier);
}

const load = (integrity: string) =>
  loadAgentSdk({
    cacheDir: join(folder, "cache"),
    report: () => {},
    importModule,
    release: { version: "9.9.9", integrity },
  });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent-sdk-"));
  vi.stubEnv("npm_config_cache", join(folder, "npm"));
  vi.stubEnv("npm_config_fetch_retries", "0");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  registry?.close();
  registry = undefined;
  await rm(folder, { recursive: true, force: true });
});

test("uses the SDK of the installation where it has one", async () => {
  const sdk = await loadAgentSdk({ cacheDir: join(folder, "cache"), report: () => {} });
  expect(sdk.query).toBeTypeOf("function");
  expect(await readdir(folder)).toEqual([]);
});

test("downloads the SDK once where the installation has none, without the binary that depends on the platform", async () => {
  const integrity = await startRegistry();
  expect((await load(integrity)).query({} as never)).toBe("of the cache");
  await load(integrity);
  expect(registry?.downloads()).toBe(1);
  expect(await readdir(join(folder, "cache", "claude-agent-sdk"))).toEqual(["9.9.9"]);
}, 180_000);

test("refuses a download with another digest and keeps nothing of it", async () => {
  await startRegistry();
  await expect(load("sha512-AAAA")).rejects.toThrow(FetchError);
  expect(await readdir(join(folder, "cache", "claude-agent-sdk"))).toEqual([]);
}, 180_000);

test("passes on an error of the SDK itself", async () => {
  const broken = async () => {
    throw new SyntaxError("broken");
  };
  await expect(loadAgentSdk({ cacheDir: folder, report: () => {}, importModule: broken })).rejects.toThrow("broken");
});

test("knows the version and the digest that the lock file has", async () => {
  const lock = JSON.parse(await readFile(new URL("../../../package-lock.json", import.meta.url), "utf8")) as {
    packages: Record<string, { version: string; integrity: string }>;
  };
  expect(lock.packages[`node_modules/${name}`]).toMatchObject(agentSdkRelease);
});
