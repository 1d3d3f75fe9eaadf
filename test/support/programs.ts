import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { agentImageTag, CLAUDE_CODE_VERSION } from "../../adapters/docker/image/claude-code-release.js";

const probeTimeoutMs = 15_000;

/** Runs in a process of its own, because a suite is declared synchronously. Exit code 0: the engine has the requested image. */
const askEngine = `
  const host = process.env.DOCKER_HOST || "unix:///var/run/docker.sock";
  const unix = host.startsWith("unix://");
  const where = unix ? { socketPath: host.slice("unix://".length) } : new URL(host.replace(/^tcp:/, "http:"));
  const base = unix ? where : { host: where.hostname, port: where.port || 2375 };
  const request = require("node:http").get({ ...base, path: process.argv[1], timeout: 3000 }, (response) => {
    process.exit(response.statusCode === 200 ? 0 : 1);
  });
  request.on("timeout", () => process.exit(1));
  request.on("error", () => process.exit(1));
`;

export function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore", timeout: probeTimeoutMs }).status === 0;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function onPath(names: readonly string[]): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).filter(isExecutable);
}

/** Files called `name` in the cache folder, the one in the highest-sorting (newest) folder first. */
function inCache(name: string): string[] {
  const folder = process.env.PARLEY_CACHE_DIR ?? join(homedir(), ".cache", "parley");
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.name === name && !entry.isDirectory());
    const paths = files.map((entry) => join(entry.parentPath, entry.name)).filter(isExecutable);
    return paths.sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
  } catch {
    return [];
  }
}

const startsUp = (path: string): boolean => succeeds(path, ["--version"]);

/** Path of a Chromium that starts, or undefined. */
export function findChromium(): string | undefined {
  return onPath(["chromium", "chromium-browser", "google-chrome"]).find(startsUp);
}

/** Path of a Claude Code binary that starts, from the cache folder (`PARLEY_CACHE_DIR`) or PATH, or undefined. */
export function findClaudeCode(): string | undefined {
  return [...inCache("claude"), ...onPath(["claude"])].find(startsUp);
}

/** Path of a Codex that starts, from PATH or else the cache folder (`PARLEY_CACHE_DIR`), or undefined. The tests want 0.171.0. */
export function findCodex(): string | undefined {
  return [...onPath(["codex"]), ...inCache("codex")].find(startsUp);
}

const engineHas = (path: string): boolean => succeeds(process.execPath, ["-e", askEngine, path]);

/** Whether a Docker engine answers. */
export const dockerAnswers = (): boolean => engineHas("/_ping");

/** Whether a Docker engine answers that has the agents' image. */
export const dockerHasImage = (): boolean => engineHas(`/images/${agentImageTag(CLAUDE_CODE_VERSION)}/json`);

/** Whether there is a git that can serve repositories over HTTP. */
export const gitServesHttp = (): boolean => succeeds("sh", ["-c", 'test -x "$(git --exec-path)/git-http-backend"']);

/** Folder with `initdb` and `postgres`, of the newest version: on PATH, or where Debian puts it when its `psql` is on PATH. */
export function findPostgres(): string | undefined {
  const [initdb] = onPath(["initdb"]);
  if (initdb !== undefined) return dirname(initdb);
  if (onPath(["psql"]).length === 0) return undefined;
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(root, version, "bin")).find((folder) => isExecutable(join(folder, "initdb")));
}
