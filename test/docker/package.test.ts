import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

let files: string[];
let unpackedBytes: number;

beforeAll(async () => {
  // Without scripts: what is packed does not depend on a build.
  const { stdout } = await promisify(execFile)("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: root,
    maxBuffer: 64 * 1_024 * 1_024,
  });
  const packed = Object.values(JSON.parse(stdout) as object) as {
    files: { path: string }[];
    unpackedSize: number;
  }[];
  files = packed.flatMap(({ files: found }) => found.map(({ path }) => path));
  unpackedBytes = packed[0]?.unpackedSize ?? 0;
}, 120_000);

test("the package has the guide, the settings, the roles and what the images are built from", () => {
  expect(files).toEqual(
    expect.arrayContaining([
      "docker/agent.Dockerfile",
      "docker/agent-entrypoint.sh",
      "docker/parley.service",
      "docs/upgrade.md",
      "docs/operations.md",
      "skills/roles/coder/SKILL.md",
      "skills/room-messaging/SKILL.md",
      ".env.example",
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
    ]),
  );
});

test("the package has no sources, tests, maps, or files of this checkout", () => {
  const others = files.filter((path) =>
    /^(src|adapters|test|node_modules)\/|\.map$|^docker\/.*\.ts$|^\.env$/.test(path),
  );
  expect(others).toEqual([]);
  expect(unpackedBytes).toBeLessThan(12_000_000);
});

test("an installation of the package has nothing of Claude Code, which is fetched when it is needed", async () => {
  const manifest = JSON.parse(await readFile(`${root}/package.json`, "utf8")) as {
    name: string;
    bin: object;
    dependencies: object;
  };
  expect(manifest.name).toBe("parley-rooms");
  expect(manifest.bin).toEqual({ parley: "dist/src/main.js" });
  expect(Object.keys(manifest.dependencies).filter((name) => name.startsWith("@anthropic-ai/"))).toEqual([]);
});
