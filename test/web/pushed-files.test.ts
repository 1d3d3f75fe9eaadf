import { expect, test } from "vitest";
import { filesOfDiff } from "../../adapters/web/client/pushed-files.js";

test("cuts a diff into its files: changed, deleted, renamed, binary, with lines that look like headings", () => {
  const diff = [
    "diff --git a/src/a.ts b/src/a.ts",
    "index 1..2 100644",
    "--- a/src/a.ts",
    "+++ b/src/a.ts",
    "@@ -1 +1 @@",
    "-+++ b/other",
    "++diff --git a/x b/x",
    "diff --git a/old.txt b/old.txt",
    "deleted file mode 100644",
    "--- a/old.txt",
    "+++ /dev/null",
    "@@ -1 +0,0 @@",
    "-gone",
    "diff --git a/one b/two",
    "similarity index 100%",
    "rename from one",
    "rename to two",
    "diff --git a/b.bin b/b.bin",
    "Binary files a/b.bin and b/b.bin differ",
    "",
  ].join("\n");
  expect(filesOfDiff(diff)).toEqual([
    { path: "src/a.ts", text: "@@ -1 +1 @@\n-+++ b/other\n++diff --git a/x b/x" },
    { path: "old.txt", text: "@@ -1 +0,0 @@\n-gone" },
    { path: "two", text: "similarity index 100%\nrename from one\nrename to two" },
    { path: "b.bin", text: "Binary files a/b.bin and b/b.bin differ" },
  ]);
  expect(filesOfDiff("")).toEqual([]);
});
