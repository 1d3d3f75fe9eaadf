import { chmod, copyFile, cp, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BuildError, imageFile, runProgram } from "./docker-call.js";

/** The packages of a runtime that Parley ships, at the versions it is tested with, and the programs they are started by. */
export interface RuntimePackages {
  /** Of the image's tag: `parley-runtime-<name>:<version>`. */
  version: string;
  /** Exact versions, as `npm install` takes them. */
  packages: readonly string[];
  /** Folders below `node_modules` that its image does not need, by the end of their path. */
  leftOut: readonly string[];
  /** Programs of the image, each a shell script's last line. */
  programs: Readonly<Record<string, string>>;
}

const modules = "/opt/runtime/node_modules";
const codexBin = `${modules}/@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex`;

/** The runtimes that have an image of their own. */
export const runtimePackages: Readonly<Record<string, RuntimePackages>> = {
  codex: {
    version: "2.6.0",
    packages: ["@agentclientprotocol/codex-acp@2.6.0"],
    leftOut: ["codex-resources/voice"],
    programs: {
      codex: `exec ${codexBin} "$@"`,
      "codex-acp": `CODEX_PATH=${codexBin} exec node ${modules}/@agentclientprotocol/codex-acp/dist/index.js "$@"`,
    },
  },
  opencode: {
    version: "1.18.33",
    packages: ["opencode-ai@1.18.33"],
    // The program is a copy of what is in one of these.
    leftOut: ["/opencode-linux-x64", "/opencode-linux-x64-baseline"],
    programs: { opencode: `exec ${modules}/opencode-ai/bin/opencode.exe "$@"` },
  },
};

/** Tag of a runtime's image; undefined: Parley builds none for it. */
export function runtimeImageTag(runtime: string): string | undefined {
  const known = runtimePackages[runtime];
  return known && `parley-runtime-${runtime}:${known.version}`;
}

export interface RuntimeBuildOptions {
  runtime: string;
  /** Default: the base in the Dockerfile, `debian:bookworm-slim`. */
  baseImage?: string;
  cacheDir: string;
  /** Progress, a line at a time; the output of npm and docker goes to standard error. */
  report: (line: string) => void;
}

/** Installs a runtime's packages where they are not in the cache, and builds its image. Throws BuildError. */
export async function buildRuntimeImage(
  options: RuntimeBuildOptions,
): Promise<{ tag: string; id: string; bytes: number }> {
  const { runtime, baseImage, cacheDir, report } = options;
  const known = runtimePackages[runtime];
  const tag = runtimeImageTag(runtime);
  if (!known || tag === undefined) {
    throw new BuildError(
      `There is no image for ${runtime}; there is one for ${Object.keys(runtimePackages).join(", ")}.`,
    );
  }
  const packagesDir = await installPackages(runtime, { known, cacheDir, report });
  const folder = await mkdtemp(join(tmpdir(), "parley-runtime-image-"));
  try {
    await fillRuntimeContext(folder, { known, packagesDir });
    report(`Building ${tag}${baseImage === undefined ? "" : ` on ${baseImage}`} …`);
    const base = baseImage === undefined ? [] : ["--build-arg", `BASE_IMAGE=${baseImage}`];
    const version = ["--build-arg", `RUNTIME_VERSION=${known.version}`];
    const args = ["build", "--tag", tag, ...base, ...version, folder];
    await runProgram("docker", { args, isShown: true }).catch((cause: unknown) => {
      throw new BuildError("The image was not built; docker's own words are above.", cause);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const inspect = { args: ["image", "inspect", "--format", "{{.Id}} {{.Size}}", tag] };
  const [id = "", bytes = "0"] = (await runProgram("docker", inspect)).split(" ");
  report(`Built ${tag}, ${Math.round(Number(bytes) / 1e6)} MB`);
  return { tag, id, bytes: Number(bytes) };
}

async function installPackages(
  runtime: string,
  { known, cacheDir, report }: { known: RuntimePackages; cacheDir: string; report: (line: string) => void },
): Promise<string> {
  const folder = join(cacheDir, "runtimes", `${runtime}-${known.version}`);
  const isThere = await stat(join(folder, "installed")).catch(() => undefined);
  if (isThere) return folder;
  report(`Installing ${known.packages.join(" ")} …`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{"private":true}\n');
  const args = ["install", "--no-audit", "--no-fund", "--save-exact", ...known.packages];
  await runProgram("npm", { args, cwd: folder, isShown: true }).catch((cause: unknown) => {
    throw new BuildError("The packages of the runtime were not installed; npm's own words are above.", cause);
  });
  await writeFile(join(folder, "installed"), "");
  return folder;
}

async function fillRuntimeContext(
  folder: string,
  { known, packagesDir }: { known: RuntimePackages; packagesDir: string },
): Promise<void> {
  await copyFile(imageFile("runtime.Dockerfile"), join(folder, "Dockerfile"));
  await copyFile(imageFile("agent-entrypoint.sh"), join(folder, "agent-entrypoint.sh"));
  // The Node that Parley itself runs on.
  await copyFile(process.execPath, join(folder, "node"));
  const isKept = (path: string) => !known.leftOut.some((end) => path.endsWith(end));
  const [from, to] = [join(packagesDir, "node_modules"), join(folder, "runtime", "node_modules")];
  await cp(from, to, { recursive: true, filter: isKept, verbatimSymlinks: true });
  await mkdir(join(folder, "runtime", "bin"), { recursive: true });
  for (const [name, line] of Object.entries(known.programs)) {
    const path = join(folder, "runtime", "bin", name);
    await writeFile(path, `#!/bin/sh\n${line}\n`);
    await chmod(path, 0o755);
  }
}
