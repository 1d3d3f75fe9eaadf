import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { withValues, writeEnvFile } from "../../src/cli/setup/env-file.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "parley-env-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("withValues", () => {
  test("changes the line of a key and keeps everything else", () => {
    const before = "# mine\nA=1\n\nSLACK_BOT_TOKEN=old\n# SLACK_BOT_TOKEN=comment\nZ='a b'\n";
    expect(withValues(before, { SLACK_BOT_TOKEN: "new" })).toBe(before.replace("=old", "=new"));
  });

  test("adds a new key at the end, and to an empty file", () => {
    expect(withValues("A=1", { B: "2" })).toBe("A=1\nB=2\n");
    expect(withValues("", { B: "2" })).toBe("B=2\n");
  });

  test("fills the empty line that the example file has", () => {
    expect(withValues("SLACK_APP_TOKEN=\nB=1\n", { SLACK_APP_TOKEN: "xapp-1" })).toBe("SLACK_APP_TOKEN=xapp-1\nB=1\n");
  });

  test("leaves one line of a key that stands there twice", () => {
    expect(withValues("A=1\nB=2\nA=3\n", { A: "4" })).toBe("B=2\nA=4\n");
  });

  test("keeps the line ends of the file", () => {
    expect(withValues("A=1\r\nB=2\r\n", { A: "3" })).toBe("A=3\r\nB=2\r\n");
  });

  test("is read by Node as the values given, with every other value as before", () => {
    const value = fc
      .stringMatching(/^[!#$%&'()*+,./0-9:;<=>?@A-Z[\]^_a-z{|}~-]{1,40}$/)
      .filter((text) => !text.includes("`"));
    fc.assert(
      fc.property(value, value, (token, other) => {
        const before = `OTHER="${other.replaceAll('"', "")}"\nTOKEN=x\n`;
        const read = parseEnv(withValues(before, { TOKEN: token }));
        expect(read).toEqual({ ...parseEnv(before), TOKEN: token });
      }),
    );
  });
});

describe("writeEnvFile", () => {
  const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

  test("makes a file that only its owner reads, and narrows one that others read", async () => {
    const path = join(folder, ".env");
    await writeEnvFile(path, { A: "1" });
    expect(await modeOf(path)).toBe("600");
    await chmod(path, 0o644);
    await writeEnvFile(path, { B: "2" });
    expect(await modeOf(path)).toBe("600");
    expect(await readFile(path, "utf8")).toBe("A=1\nB=2\n");
  });

  test("writes through a link instead of replacing it", async () => {
    await writeFile(join(folder, "shared"), "A=1\n");
    await symlink(join(folder, "shared"), join(folder, ".env"));
    await writeEnvFile(join(folder, ".env"), { B: "2" });
    expect(await readFile(join(folder, "shared"), "utf8")).toBe("A=1\nB=2\n");
  });

  test("refuses with a sentence where it cannot write, without the value", async () => {
    await writeFile(join(folder, "file"), "");
    const refusal = writeEnvFile(join(folder, "file", ".env"), { A: "secret-value" });
    await expect(refusal).rejects.toThrow(/cannot be written: .*Nothing in it was changed/);
    await expect(refusal).rejects.not.toThrow(/secret-value/);
  });
});
