import { constants, copyFile, link, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentImageTag, CLAUDE_CODE_VERSION, type ClaudeCodePlatform, platformOf } from "./claude-code-release.js";
import { BuildError, imageFile, runProgram } from "./docker-call.js";
import { fetchClaudeCode } from "./fetch-claude-code.js";

const docker = (call: Parameters<typeof runProgram>[1]): Promise<string> => runProgram("docker", call);

const enginePlatform = async (): Promise<ClaudeCodePlatform> => {
  const call = { args: ["version", "--format", "{{.Server.Arch}}"] };
  const architecture = await docker(call).catch((error: NodeJS.ErrnoException) => {
    const advice =
      error.code === "ENOENT"
        ? "There is no docker command here. Install Docker and try again."
        : `The Docker engine does not answer (${error.message}). Start it and try again.`;
    throw new BuildError(`${advice} Nothing was built.`, error);
  });
  const platform = platformOf(architecture);
  if (platform !== undefined) return platform;
  throw new BuildError(`Claude Code does not exist for the engine's processor, ${architecture}. Nothing was built.`);
};

/** The binary is large: linked where the file system allows it. */
const place = (from: string, to: string): Promise<void> =>
  link(from, to).catch(() => copyFile(from, to, constants.COPYFILE_FICLONE));

const fillContext = async (folder: string, binary: string): Promise<void> => {
  await copyFile(imageFile("agent.Dockerfile"), join(folder, "Dockerfile"));
  await copyFile(imageFile("agent-entrypoint.sh"), join(folder, "agent-entrypoint.sh"));
  await place(binary, join(folder, "claude"));
};

export interface BuildOptions {
  /** Default: the base in the Dockerfile, `debian:bookworm-slim`. */
  readonly baseImage?: string;
  /** Exact version of Claude Code; default the one this repository is tested with. */
  readonly version?: string;
  /** Default `parley-agent:<version>`. */
  readonly tag?: string;
  readonly cacheDir: string;
  /** Progress, a line at a time; the output of `docker build` goes to standard error. */
  readonly report: (line: string) => void;
}

export interface AgentImage {
  readonly tag: string;
  readonly id: string;
  readonly bytes: number;
}

const build = async (options: { folder: string; tag: string; version: string; baseImage?: string }): Promise<void> => {
  const base = options.baseImage === undefined ? [] : ["--build-arg", `BASE_IMAGE=${options.baseImage}`];
  const version = ["--build-arg", `CLAUDE_CODE_VERSION=${options.version}`];
  const args = ["build", "--tag", options.tag, ...base, ...version, options.folder];
  await docker({ args, isShown: true }).catch((error: unknown) => {
    throw new BuildError(
      `The image was not built; docker's own words are above. The downloaded Claude Code is kept. ` +
        "Without access to an image registry, name an image you have with --base-image.",
      error,
    );
  });
};

/** Fetches Claude Code where it is not in the cache and builds the agents' image. Throws BuildError or FetchError. */
export const buildAgentImage = async (options: BuildOptions): Promise<AgentImage> => {
  const { version = CLAUDE_CODE_VERSION, report, cacheDir, baseImage } = options;
  const tag = options.tag ?? agentImageTag(version);
  const platform = await enginePlatform();
  const binary = await fetchClaudeCode({ version, platform, cacheDir, report });
  const folder = await mkdtemp(join(tmpdir(), "parley-agent-image-"));
  try {
    await fillContext(folder, binary);
    report(`Building ${tag}${baseImage === undefined ? "" : ` on ${baseImage}`} …`);
    await build({ folder, tag, version, ...(baseImage === undefined ? {} : { baseImage }) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const [id = "", bytes = "0"] = (
    await docker({ args: ["image", "inspect", "--format", "{{.Id}} {{.Size}}", tag] })
  ).split(" ");
  report(`Built ${tag}, ${Math.round(Number(bytes) / 1e6)} MB`);
  return { tag, id, bytes: Number(bytes) };
};
