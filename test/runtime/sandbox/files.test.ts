import { lstat, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createMemoryBlobs } from "../../../adapters/memory/blobs.js";
import { createAgentFiles } from "../../../src/runtime/sandbox/files.js";
import { hostileNames } from "../../support/hostile-names.js";
import { sha256 } from "../../support/sha256.js";

const mia = { roomId: "r1", name: "mia" };
const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function createFiles(given: { mountedAt?: string } = {}) {
  const dir = await mkdtemp(join(tmpdir(), "parley-agent-files-"));
  folders.push(dir);
  const blobs = createMemoryBlobs();
  const files = createAgentFiles({ blobs, dir: join(dir, "agent-files"), sha256, ...given });
  const stored = async (name: string, content: string) => {
    const id = await blobs.put(Buffer.from(content));
    return { name, bytes: Buffer.byteLength(content), sha256: id };
  };
  return { dir, files, stored };
}

describe("files of messages for an agent", () => {
  test("lie in its folder, readable and not writable for others, under the path it sees", async () => {
    const { files, stored } = await createFiles({ mountedAt: "/parley" });
    const [path] = await files.place(mia, [await stored("a shot.txt", "content")]);
    expect(path).toMatch(/^\/parley\/[0-9a-f]{12}-a_shot\.txt$/);
    const here = join(await files.dirOf(mia), (path ?? "").slice("/parley/".length));
    expect(await readFile(here, "utf8")).toBe("content");
    expect((await lstat(here)).mode & 0o777).toBe(0o644);
  });

  test("are one file each, however often they are placed, and what is not kept any more has no path", async () => {
    const { files, stored } = await createFiles();
    const one = await stored("a.txt", "content");
    const gone = { name: "b.txt", bytes: 1, sha256: "0".repeat(64) };
    const [first, second] = [await files.place(mia, [one, gone]), await files.place(mia, [one])];
    expect(first).toEqual(second);
    expect(await readdir(await files.dirOf(mia))).toHaveLength(1);
  });

  test("never leave that folder, whatever they are called", async () => {
    const { dir, files, stored } = await createFiles();
    for (const [index, name] of hostileNames.entries()) {
      const [path = ""] = await files.place(mia, [await stored(name, `content ${index}`)]);
      expect(dirname(path), name).toBe(await files.dirOf(mia));
      expect(path, name).not.toMatch(/[\s\p{Cc}\p{Cf}"'`$;&|<>*?]/u);
      expect(await readFile(path, "utf8"), name).toBe(`content ${index}`);
    }
    expect(await readdir(dir)).toEqual(["agent-files"]);
    expect(await readdir(await files.dirOf(mia))).toHaveLength(hostileNames.length);
  });

  test("are written over no file that a link in their place leads to", async () => {
    const { dir, files, stored } = await createFiles();
    const other = join(dir, "other.txt");
    await writeFile(other, "of the host");
    const file = await stored("a.txt", "content");
    const [path = ""] = await files.place(mia, [file]);
    await rm(path);
    await symlink(other, `${path}.part`);
    await symlink(other, path);
    expect(await files.place(mia, [file])).toEqual([path]);
    expect(await readFile(other, "utf8")).toBe("of the host");
    expect((await lstat(path)).isFile()).toBe(true);
  });
});
