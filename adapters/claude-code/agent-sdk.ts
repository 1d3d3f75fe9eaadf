import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { fetchArchive } from "../kit/fetch-archive.js";

/** The function of the Claude Agent SDK that Parley uses. */
export type AgentSdk = Pick<typeof import("@anthropic-ai/claude-agent-sdk"), "query">;

/** The SDK this adapter was tested with, and its digest, so that a registry cannot change it later. */
export const agentSdkRelease = {
  version: "0.3.328",
  integrity: "sha512-YcOWlpXVm7etPjPVrvSJEfynDksMiG11zvEybSBnk1EVWji6rSjU75HbbhJ8XPEB2ECEwRRP597Udu6IWMtsDw==",
} as const;

/** Where the SDK comes from. */
export interface AgentSdkPlace {
  /** Folder for downloads, `~/.cache/parley`. */
  cacheDir: string;
  /** Progress for people, a line at a time. */
  report: (line: string) => void;
  /** Imports a module. Default: Node's `import`. */
  importModule?: (specifier: string) => Promise<unknown>;
  /** Default: `agentSdkRelease`. */
  release?: { version: string; integrity: string };
}

const sdkName = "@anthropic-ai/claude-agent-sdk";

/**
 * The Claude Agent SDK: from this installation where it has one, else from the cache, downloaded with `npm pack` and verified. It is no dependency of the
 * package, because npm would install Claude Code's binary for this platform beside it, which no agent uses. The SDK is one file and needs nothing else.
 * Throws FetchError.
 */
export async function loadAgentSdk(place: AgentSdkPlace): Promise<AgentSdk> {
  const { importModule = (specifier) => import(specifier) } = place;
  try {
    return (await importModule(sdkName)) as AgentSdk;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
  }
  return (await importModule(pathToFileURL(await fetchAgentSdk(place)).href)) as AgentSdk;
}

/** The path of the SDK's module in the cache. Its folder gets its name when it is complete. */
async function fetchAgentSdk({ cacheDir, report, release = agentSdkRelease }: AgentSdkPlace): Promise<string> {
  const { version, integrity } = release;
  const folder = join(cacheDir, "claude-agent-sdk");
  const target = join(folder, version);
  const isThere = await access(join(target, "sdk.mjs")).then(
    () => true,
    () => false,
  );
  if (isThere) return join(target, "sdk.mjs");
  const specifier = `${sdkName}@${version}`;
  await mkdir(folder, { recursive: true });
  const incoming = await mkdtemp(join(folder, ".incoming-"));
  try {
    report(`Downloading ${specifier} (about 2 MB), which drives Claude Code …`);
    const archive = await fetchArchive({ specifier, integrity, folder: incoming });
    await promisify(execFile)("tar", ["-xzf", archive, "-C", incoming, "--strip-components=1"]);
    await rm(archive);
    await rm(target, { recursive: true, force: true });
    await rename(incoming, target);
  } finally {
    await rm(incoming, { recursive: true, force: true });
  }
  return join(target, "sdk.mjs");
}
