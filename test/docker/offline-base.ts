import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Base image for machines that can install Debian packages but reach no image registry. */
export const OFFLINE_BASE_IMAGE = "parley-offline-base";

/** The packages that the agents' Dockerfile would otherwise install inside the build. */
const PACKAGES = ["git", "ca-certificates", "tini", "socat"];

/** Not needed at run time; as in Debian's own slim images. */
const LEFT_OUT = [
  "usr/share/doc",
  "usr/share/man",
  "usr/share/info",
  "usr/share/locale",
  "var/cache/apt",
  "var/lib/apt/lists",
];

const codename = async (): Promise<string> => {
  const release = await readFile("/etc/os-release", "utf8");
  const name = /^VERSION_CODENAME=(\S+)$/m.exec(release)?.[1];
  if (name === undefined) throw new Error("/etc/os-release names no Debian release; debootstrap has nothing to go by.");
  return name;
};

/** The mirror this machine's own packages come from. */
const mirrorOf = async (release: string): Promise<string> => {
  const { stdout } = await run("apt-get", ["indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)"]);
  const line = stdout.split("\n").find((entry) => entry.endsWith(` ${release} main`));
  if (line === undefined) throw new Error(`No apt source for ${release} main; run apt-get update first.`);
  return line.split(" ")[0] ?? "";
};

const imageExists = (image: string): Promise<boolean> =>
  run("docker", ["image", "inspect", image]).then(
    () => true,
    () => false,
  );

const runShown = async (command: string, args: readonly string[]): Promise<void> => {
  const child = spawn(command, args, { stdio: ["ignore", 2, 2] });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`${command} ended with ${code}; its own words are above.`);
};

const importImage = async (root: string): Promise<void> => {
  const excluded = LEFT_OUT.map((path) => `--exclude=./${path}/*`);
  const archive = spawn("tar", ["-C", root, "--numeric-owner", ...excluded, "-c", "."], {
    stdio: ["ignore", "pipe", 2],
  });
  const environment = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  const args = ["import", "--change", environment, "-", OFFLINE_BASE_IMAGE];
  const importing = spawn("docker", args, { stdio: [archive.stdout, 2, 2] });
  const [[packed], [imported]] = (await Promise.all([once(archive, "exit"), once(importing, "exit")])) as [
    [number | null],
    [number | null],
  ];
  if (packed !== 0 || imported !== 0)
    throw new Error(`The image was not imported (tar ${packed}, docker ${imported}).`);
};

/** Makes the base image with debootstrap unless it is there; needs root. */
export const ensureOfflineBase = async (report: (line: string) => void): Promise<string> => {
  if (await imageExists(OFFLINE_BASE_IMAGE)) {
    report(`${OFFLINE_BASE_IMAGE} is there already`);
    return OFFLINE_BASE_IMAGE;
  }
  const release = await codename();
  const mirror = await mirrorOf(release);
  const root = await mkdtemp(join(tmpdir(), "parley-offline-base-"));
  try {
    report(`Making ${OFFLINE_BASE_IMAGE} from ${mirror} ${release} …`);
    await runShown("debootstrap", ["--variant=minbase", `--include=${PACKAGES.join(",")}`, release, root, mirror]);
    await importImage(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
  report(`Made ${OFFLINE_BASE_IMAGE}`);
  return OFFLINE_BASE_IMAGE;
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await ensureOfflineBase((line) => process.stderr.write(`${line}\n`)).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
