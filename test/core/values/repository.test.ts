import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import {
  branchFolderOf,
  isBranchName,
  parseRepository,
  repositoryOf,
  repositoryUrl,
} from "../../../src/core/values/repository.js";
import { succeeds } from "../../support/programs.js";

const urlOf = (text: string) => {
  const parsed = parseRepository(text);
  return parsed.kind === "ok" ? repositoryUrl(parsed.repository) : undefined;
};

describe("a repository's address", () => {
  test.each([
    ["https://github.com/acme/widgets", "https://github.com/acme/widgets"],
    ["https://github.com/acme/widgets.git", "https://github.com/acme/widgets"],
    ["https://GitHub.com/Acme/Widgets.git/", "https://github.com/Acme/Widgets"],
    ["acme/widgets", "https://github.com/acme/widgets"],
    ["acme/widgets.git", "https://github.com/acme/widgets"],
    ["acme/.github", "https://github.com/acme/.github"],
    ["https://git.example.org:8443/a/b", "https://git.example.org:8443/a/b"],
    ["/srv/repos/my_widgets.git/", "file:///srv/repos/my_widgets.git"],
    ["file:///srv/a.b-c+d", "file:///srv/a.b-c+d"],
  ])("%s", (text, url) => {
    expect(urlOf(text)).toBe(url);
  });

  test.each([
    "",
    "widgets",
    "http://github.com/acme/widgets",
    "git@github.com:acme/widgets",
    "ssh://git@github.com/acme/widgets",
    ...["/", "//srv", "/srv/../etc", "/srv/./a", "/srv//a", "/srv/a b", "/srv/ä", "file://host/srv", "file:///srv%2Fa"],
    `/${"a".repeat(300)}`,
    "https://github.com/acme",
    "https://github.com/acme/widgets/tree/main",
    "https://github.com/acme/widgets?x=1",
    "https://github.com/acme/widgets#x",
    "https://github.com/acme/widgets.git.git",
    "https://github.com/acme/..",
    "https://github.com/../widgets",
    "https://github.com/acme/%77idgets",
    "https://github.com\\@evil.org/acme/widgets",
    "https://-github.com/acme/widgets",
    "https://gıthub.com/acme/widgets",
    "https://[::1]/acme/widgets",
    "https://github.com/ac me/widgets",
    "-acme/widgets",
    "acme/-widgets",
    "acme/.git",
  ])("not %j", (text) => {
    expect(parseRepository(text).kind).toBe("problem");
    expect(repositoryOf(text)).toBeUndefined();
  });

  test("with a password is refused in words that do not repeat it", () => {
    for (const text of [
      "https://mia:s3cret@github.com/acme/widgets",
      "https://s3cret@github.com/a/b",
      "http://a:s3cret@b/c",
    ]) {
      const parsed = parseRepository(text);
      expect(parsed).toMatchObject({ kind: "problem", detail: expect.stringContaining("never stored") });
      expect(JSON.stringify(parsed)).not.toContain("s3cret");
    }
  });
});

describe("a branch's name", () => {
  const good = ["main", "parley/coder/x", "feature/a.b-c_d", "ünicode", "a@b", "release/1.0", "x{y}"];
  const bad = [
    ...["", "@", "HEAD", "-x", "/x", "x/", "a//b", ".a", "a/.b", "a..b", "a.", "a.lock", "a.lock/b", "a@{b"],
    ...["a b", "a~b", "a^b", "a:b", "a?b", "a*b", "a[b", "a\\b", "a\u0001b", "a\u007fb"],
  ];

  test("is what Git takes for one", () => {
    for (const name of good) expect(isBranchName(name), name).toBe(true);
    for (const name of bad) expect(isBranchName(name), JSON.stringify(name)).toBe(false);
  });

  test.skipIf(!succeeds("git", ["--version"]))("as Git itself says", () => {
    const takes = (name: string) => {
      try {
        execFileSync("git", ["check-ref-format", "--branch", name], { stdio: "ignore" });
        return true;
      } catch {
        return false;
      }
    };
    for (const name of good) expect(takes(name), name).toBe(true);
    for (const name of bad.filter((name) => !["@", "HEAD"].includes(name)))
      expect(takes(name), JSON.stringify(name)).toBe(false);
  });
});

test("the branches of an agent have its room's id in their names, in a room made before that its name alone", () => {
  const agent = { roomId: "k3v9q0x2mf", name: "coder" };
  expect(branchFolderOf({ ...agent, branchesByRoom: true })).toBe("parley/k3v9q0x2mf/coder/");
  expect(branchFolderOf(agent)).toBe("parley/coder/");
});
