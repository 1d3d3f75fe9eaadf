import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { agentImageTag, CLAUDE_CODE_VERSION } from "../../adapters/docker/image/claude-code-release.js";

const run = promisify(execFile);

/** The agents' image with compilers: Go and Rust of Debian, and this machine's Node with its headers. */
export const BOX_IMAGE = "parley-agent-box";

const packages = ["golang-go", "cargo", "g++", "make", "python3", "libc6-dev"];

async function runShown(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ["ignore", 2, 2] });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`${command} ended with ${code}; its own words are above.`);
}

/** The same sources and keys as this machine's. */
async function installPackages(root: string): Promise<void> {
  for (const path of ["/etc/apt", "/usr/share/keyrings", "/etc/resolv.conf"])
    await cp(path, join(root, path), { recursive: true, force: true, dereference: true });
  await runShown("chroot", [root, "apt-get", "update"]);
  const install = ["apt-get", "install", "-y", "--no-install-recommends", ...packages];
  await runShown("chroot", [root, "env", "DEBIAN_FRONTEND=noninteractive", ...install]);
}

/** Node, npm and the headers that node-gyp would download. */
async function copyNode(root: string): Promise<void> {
  const prefix = dirname(dirname(process.execPath));
  for (const path of ["bin/node", "lib/node_modules/npm", "include/node"])
    await cp(join(prefix, path), join(root, "usr/local", path), { recursive: true });
  const npm = '#!/bin/sh\nexec node /usr/local/lib/node_modules/npm/bin/npm-cli.js "$@"\n';
  await writeFile(join(root, "usr/local/bin/npm"), npm, { mode: 0o755 });
}

/** Makes the image from the agents' image. Needs root, an apt source, and Node installed with its headers. */
export async function makeBoxImage(report: (line: string) => void): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), "parley-box-"));
  const agents = agentImageTag(CLAUDE_CODE_VERSION);
  try {
    const { stdout } = await run("docker", ["create", agents]);
    const id = stdout.trim();
    await runShown("sh", ["-c", 'docker export "$0" | tar -x -C "$1"', id, root]);
    await run("docker", ["rm", id]);
    report(`Installing ${packages.join(", ")} …`);
    await installPackages(root);
    await copyNode(root);
    const config = await run("docker", ["image", "inspect", agents, "--format", "{{json .Config}}"]);
    const changes = changesOf(JSON.parse(config.stdout) as ImageConfig).flatMap((change) => ["--change", change]);
    const importing = 'tar -C "$0" --numeric-owner -c . | docker import "$@" -';
    await runShown("sh", ["-c", `${importing} ${BOX_IMAGE}`, root, ...changes]);
    report(`Made ${BOX_IMAGE}`);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

interface ImageConfig {
  User: string;
  Env: string[];
  Entrypoint: string[];
  WorkingDir: string;
}

function changesOf({ User, Env, Entrypoint, WorkingDir }: ImageConfig): string[] {
  const env = Env.map((entry) => `ENV ${entry}`);
  return [`USER ${User}`, ...env, `ENTRYPOINT ${JSON.stringify(Entrypoint)}`, `WORKDIR ${WorkingDir}`];
}

/** True if this machine has the image. */
export function hasBoxImage(): Promise<boolean> {
  return run("docker", ["image", "inspect", BOX_IMAGE]).then(
    () => true,
    () => false,
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const release = await readFile("/etc/debian_version", "utf8").catch(() => undefined);
  if (release === undefined)
    throw new Error("this machine is not Debian: its packages cannot be installed in the image");
  if (!(await hasBoxImage())) await makeBoxImage((line) => process.stderr.write(`${line}\n`));
}
