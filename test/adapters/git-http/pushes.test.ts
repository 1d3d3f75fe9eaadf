import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RefUpdate } from "../../../src/ports/repositories.js";
import { needsGit } from "../../support/require.js";
import { createGitRig, type GitRig, spoolDirOf } from "./git-rig.js";

needsGit()("what agents push", () => {
  let rig: GitRig;
  const open = async (options: Parameters<typeof createGitRig>[0] = {}) => {
    rig = await createGitRig(options);
    await rig.sh(`git clone -q ${rig.url} w; cd w; git switch -qc work; echo two >> src/a.txt; git commit -qam Second`);
  };
  beforeEach(() => open());
  afterEach(() => rig.stop());

  const push = (...refs: string[]) => rig.sh(`cd w; git push origin ${refs.join(" ")}`);
  const refs = async () =>
    (await rig.github.git("acme/widgets", "for-each-ref", "--format=%(refname)")).trim().split("\n");
  const idOf = async (ref: string) => (await rig.github.git("acme/widgets", "rev-parse", ref)).trim();

  test("goes to branches of its own, and is reported once the server has taken it", async () => {
    expect(await push("HEAD:refs/heads/parley/coder/x")).toMatchObject({
      code: 0,
      output: expect.stringContaining("new branch"),
    });
    const first = await idOf("parley/coder/x");
    expect(rig.pushed).toEqual([[{ ref: "refs/heads/parley/coder/x", before: undefined, after: first }]]);
    await rig.sh(
      "cd w; git commit -q --amend -m Other; git push -qf origin HEAD:parley/coder/x HEAD:refs/heads/parley/coder/y",
    );
    const second = await idOf("parley/coder/x");
    expect(rig.pushed[1]).toEqual([
      { ref: "refs/heads/parley/coder/x", before: first, after: second },
      { ref: "refs/heads/parley/coder/y", before: undefined, after: second },
    ]);
    expect((await push(":parley/coder/y")).code).toBe(0);
    expect(rig.pushed[2]).toEqual([{ ref: "refs/heads/parley/coder/y", before: second, after: undefined }]);
    expect(rig.github.issued.map(({ permissions }) => permissions.contents)).toEqual(["read", "write"]);
  });

  test("goes nowhere else: not to other branches or tags, not as a deletion, not together with an allowed branch", async () => {
    const refused = [
      "HEAD:main",
      "HEAD:refs/heads/feature",
      "HEAD:refs/tags/v1",
      ":main",
      "HEAD:refs/heads/parley",
      "HEAD:refs/heads/Parley/x",
      "HEAD:refs/parley/x",
      "HEAD:refs/heads/xparley/x",
      "HEAD:refs/heads/parley/ünicode",
      "HEAD:refs/heads/parley/x",
      "HEAD:refs/heads/parley/coder",
      "HEAD:refs/heads/parley/coder-2/x",
      "HEAD:refs/heads/parley/r1/coder/x",
      "HEAD:refs/heads/parley/coder/good HEAD:main",
      "--force HEAD:main",
      "--mirror",
    ];
    for (const ref of refused) {
      const { code, output } = await push(ref);
      expect(code, ref).not.toBe(0);
      expect(output, ref).toContain("remote: Parley: you push branches parley/coder/… only");
      expect(output, ref).toContain("[remote rejected]");
    }
    expect(await refs()).toEqual(["refs/heads/main"]);
    expect(rig.pushed).toEqual([]);
    expect(rig.github.requests.some(({ path, method }) => method === "POST" && path.endsWith("git-receive-pack"))).toBe(
      false,
    );
  });

  test("changes no branch of another agent or another room: not as a new branch, by force, or as a deletion", async () => {
    rig.caller.branchFolder = "parley/room1/coder/";
    const others = ["parley/room1/other/work", "parley/room2/coder/work", "parley/coder/work", "main"];
    for (const branch of others.slice(0, 3)) await rig.github.git("acme/widgets", "branch", branch, "main");
    const before = await refs();
    for (const branch of others) {
      for (const ref of [`+HEAD:refs/heads/${branch}`, `:refs/heads/${branch}`, `HEAD:refs/heads/${branch}-2`]) {
        const { code, output } = await push(ref);
        expect(code, ref).not.toBe(0);
        expect(output, ref).toContain("remote: Parley: you push branches parley/room1/coder/… only");
      }
    }
    expect(await refs()).toEqual(before);
    for (const ref of ["HEAD", "+HEAD~1", ""])
      expect((await push(`${ref}:refs/heads/parley/room1/coder/x`)).code).toBe(0);
    expect(rig.pushed).toHaveLength(3);
  });

  test.each([
    ["first", (own: string[], bad: string) => [bad, ...own]],
    ["in the middle", (own: string[], bad: string) => [own[0] ?? "", bad, own[1] ?? ""]],
    ["last", (own: string[], bad: string) => [...own, bad]],
  ])("is refused whole if the forbidden ref comes %s, in any encoding and for any change", async (_where, order) => {
    const id = (await rig.sh("cd w; git rev-parse HEAD~1")).output.trim();
    const zero = "0".repeat(40);
    const own = [`${zero} ${id} refs/heads/parley/coder/a`, `${zero} ${id} refs/heads/parley/coder/b`];
    const bad = [
      `${id} ${zero} refs/heads/main`,
      `${zero} ${id} refs/heads/parley/other/x`,
      `${zero} ${id} refs/tags/v1`,
    ];
    for (const line of bad) {
      const lines = order(own, line).map((one, index) => `${one}${index === 0 ? "\0 report-status" : ""}`);
      const body = `${lines.map((one) => (one.length + 4).toString(16).padStart(4, "0") + one).join("")}0000`;
      const response = await fetch(`${rig.at}/git/${rig.github.host}/acme/widgets/git-receive-pack`, {
        method: "POST",
        headers: { "content-type": "application/x-git-receive-pack-request" },
        body,
      });
      expect(await response.text(), line).toContain("you push branches parley/coder/… only");
    }
    expect(await refs()).toEqual(["refs/heads/main"]);
    expect(rig.pushed).toEqual([]);
  });

  test("to a name below an existing branch is refused in the server's words", async () => {
    expect((await push("HEAD:parley/coder/login")).code).toBe(0);
    const { code, output } = await push("HEAD:parley/coder/login/form");
    expect(code).not.toBe(0);
    expect(output).toContain("[remote rejected]");
    expect(await refs()).toEqual(["refs/heads/main", "refs/heads/parley/coder/login"]);
  });

  test("may be large, also if it is refused", async () => {
    await rig.sh("cd w; head -c 3000000 /dev/urandom > big.bin; git add big.bin; git commit -qm Big");
    expect((await push("HEAD:main")).output).toContain("remote: Parley: you push branches parley/coder/… only");
    expect((await push("HEAD:parley/coder/big")).code).toBe(0);
    expect(rig.pushed).toHaveLength(1);
    expect(await idOf("parley/coder/big")).toBe((await rig.sh("cd w; git rev-parse HEAD")).output.trim());
  });

  test("is not passed on beyond its limit", async () => {
    await rig.stop();
    await open({ maxPushBytes: 100_000 });
    await rig.sh("cd w; head -c 3000000 /dev/urandom > big.bin; git add big.bin; git commit -qm Big");
    const big = await push("HEAD:parley/coder/big");
    expect(big.code).not.toBe(0);
    expect(big.output).toContain("remote: Parley: the push has more than 0 MiB, which is not passed on.");
    expect(await refs()).toEqual(["refs/heads/main"]);
    expect(rig.pushed).toEqual([]);
  });

  test("is refused at once if the agent may not push, with the given reason", async () => {
    rig.caller.whyNoPush = "reviewers only read.";
    expect((await push("HEAD:parley/coder/x")).output).toContain("remote: Parley: reviewers only read.");
    const direct = await fetch(`${rig.at}/git/${rig.github.host}/acme/widgets/git-receive-pack`, {
      method: "POST",
      body: "0000",
    });
    expect([direct.status, await direct.text()]).toEqual([403, "Parley: reviewers only read.\n"]);
    expect(rig.github.issued.map(({ permissions }) => permissions.contents)).toEqual(["read"]);
  });

  test("that the server refuses is not reported as pushed", async () => {
    await rig.sh("cd w; git push -q origin HEAD:parley/coder/x; git commit -q --amend -m Other");
    await rig.github.git("acme/widgets", "config", "receive.denyNonFastForwards", "true");
    const { code, output } = await push("--force", "HEAD:parley/coder/x", "HEAD:parley/coder/z");
    expect(code).not.toBe(0);
    expect(output).toContain("[remote rejected]");
    expect(
      rig.pushed
        .slice(1)
        .flat()
        .map(({ ref }) => ref),
    ).toEqual(["refs/heads/parley/coder/z"]);
  });

  test("waits for a person's permission, and goes out unchanged or not at all", async () => {
    // Of a process that was killed.
    await mkdir(join(spoolDirOf(rig.dir), "push-old"), { recursive: true });
    await writeFile(join(spoolDirOf(rig.dir), "push-old", "body"), "left");
    let answer: (whyNot?: string) => void = () => {};
    const asked: RefUpdate[][] = [];
    rig.caller.allowPush = ({ updates }) => {
      asked.push([...updates]);
      return new Promise((resolve) => {
        answer = resolve;
      });
    };
    await rig.sh("cd w; head -c 3000000 /dev/urandom > big.bin; git add big.bin; git commit -qm Big");
    const posts = () =>
      rig.github.requests.filter(({ path, method }) => method === "POST" && path.endsWith("git-receive-pack"));
    const pushing = push("HEAD:parley/coder/x");
    await expect.poll(() => asked.length, { timeout: 10_000 }).toBe(1);
    const [kept = ""] = await readdir(spoolDirOf(rig.dir));
    expect((await stat(join(spoolDirOf(rig.dir), kept, "body"))).mode & 0o777).toBe(0o600);
    expect((await push("HEAD:parley/coder/y")).output).toContain(
      "remote: Parley: another push of yours waits for a person",
    );
    const probes = posts().length;
    answer();
    expect((await pushing).code).toBe(0);
    expect(posts()).toHaveLength(probes + 1);
    const id = await idOf("parley/coder/x");
    expect(asked).toEqual([[{ ref: "refs/heads/parley/coder/x", before: undefined, after: id }]]);
    expect(rig.pushed).toEqual(asked);
    const refused = push("HEAD:parley/coder/z");
    await expect.poll(() => asked.length, { timeout: 10_000 }).toBe(2);
    answer("mia did not allow this push: not yet");
    expect((await refused).output).toContain("remote: Parley: mia did not allow this push: not yet");
    expect((await push("HEAD:main")).output).toContain("you push branches parley/coder/… only");
    expect(asked).toHaveLength(2);
    expect(await refs()).toEqual(["refs/heads/main", "refs/heads/parley/coder/x"]);
    expect(await readdir(spoolDirOf(rig.dir))).toEqual([]);
  });

  test("that a person has to allow is kept up to its limit", async () => {
    await rig.stop();
    await open({ maxHeldPushBytes: 100_000 });
    rig.caller.allowPush = () => Promise.reject(new Error("asked"));
    await rig.sh("cd w; head -c 3000000 /dev/urandom > big.bin; git add big.bin; git commit -qm Big");
    expect((await push("HEAD:parley/coder/big")).output).toContain(
      "a push that a person has to allow has more than 0 MiB",
    );
  });

  test("reports the reason when the server fails in the middle of it, and does not report it as pushed", async () => {
    rig.github.inject({ on: "git", method: "POST", kind: { status: 503 } });
    expect((await push("HEAD:parley/coder/x")).output).toMatch(/remote: Parley: .* answered 503\. Try again later\./);
    rig.github.inject({ on: "git", method: "POST", kind: "reset" });
    expect((await push("HEAD:parley/coder/x")).output).toMatch(
      /remote: Parley: .* cannot be reached \((ECONNRESET|EPIPE)\)/,
    );
    rig.github.inject({ on: "git", method: "POST", kind: { status: 401 } });
    expect((await push("HEAD:parley/coder/x")).output).toContain("did not take Parley's token. Try again.");
    rig.github.inject({ on: "git", kind: { status: 403 } });
    expect((await push("HEAD:parley/coder/x")).output).toMatch(
      /remote: Parley: .* does not take this push \(403\): it may be archived/,
    );
    expect(rig.pushed).toEqual([]);
    expect((await push("HEAD:parley/coder/x")).code).toBe(0);
    expect(rig.pushed).toHaveLength(1);
  });

  test("is accepted in no other form: packed, signed, without a report, or empty", async () => {
    const post = async (body: string | Uint8Array, headers: Record<string, string> = {}) => {
      const init = {
        method: "POST",
        body: body as string,
        headers: { "content-type": "application/x-git-receive-pack-request", ...headers },
      };
      const response = await fetch(`${rig.at}/git/${rig.github.host}/acme/widgets/git-receive-pack`, init);
      return [response.status, await response.text()] as const;
    };
    const line = (text: string) => `${(text.length + 4).toString(16).padStart(4, "0")}${text}`;
    const zero = "0".repeat(40);
    const command = `${zero} ${"1".repeat(40)} refs/heads/parley/coder/x`;
    const unreadable = [403, expect.stringContaining("cannot be read")];
    expect(await post("hello")).toEqual(unreadable);
    expect(await post(line("push-cert\0report-status\n"))).toEqual(unreadable);
    expect(await post(`${line(`push-cert\0report-status\n`)}0000`)).toEqual(unreadable);
    expect(await post(`${line(`${command}\0report-status`)}0000`, { "content-encoding": "gzip" })).toEqual(unreadable);
    expect(await post(line(`${command}\0report-status`).repeat(2_000))).toEqual(unreadable);
    expect(await post(`${line(`${command}\0 quiet`)}0000`)).toEqual([
      200,
      expect.stringContaining("does not ask for a report"),
    ]);
    expect(rig.github.requests.some(({ path, method }) => method === "POST" && path.endsWith("git-receive-pack"))).toBe(
      false,
    );
  });

  test("never rewrites or deletes a branch that a person allowed, and adds to it", async () => {
    await push("HEAD:refs/heads/parley/coder/x HEAD:refs/heads/parley/coder/free");
    const allowed = await idOf("parley/coder/x");
    rig.caller.allowedIn = async (refs) =>
      new Map(refs.filter((ref) => ref.endsWith("/x")).map((ref) => [ref, { commit: allowed, by: "ann" }]));
    const refusals: [script: string, words: string][] = [
      ["git push -q origin :parley/coder/x", "so you cannot delete it; a person can"],
      ["git push -q origin HEAD:refs/heads/parley/coder/new :parley/coder/x", "so you cannot delete it"],
      ["git commit -q --amend -m Swapped; git push -qf origin HEAD:parley/coder/x", "you can only add commits to it"],
      ["git push -qf origin origin/main:refs/heads/parley/coder/x", "you can only add commits to it"],
      [
        "git push -qf origin HEAD:refs/heads/parley/coder/free HEAD:refs/heads/parley/coder/x",
        "you can only add commits to it",
      ],
    ];
    for (const [script, words] of refusals) {
      const { code, output } = await rig.sh(`cd w; ${script}`);
      expect(code, script).not.toBe(0);
      expect(output, script).toContain(`parley/coder/x holds ${allowed.slice(0, 7)}, which ann allowed, `);
      expect(output, script).toContain(words);
    }
    expect(await idOf("parley/coder/x")).toBe(allowed);
    expect(await idOf("parley/coder/free")).toBe(allowed);
    expect((await rig.sh("cd w; git push -qf origin HEAD:parley/coder/free")).code).toBe(0);
    const added = await rig.sh(
      `cd w; git reset -q --hard ${allowed}; git switch -qc side; echo side > s; git add s; git commit -qm Side; git switch -q -; for n in 1 2 3 4 5 6 7 8; do seq 9000 > big; echo $n >> big; git add big; git commit -qm "Change number $n of a row of changes that look alike"; done; git merge -q -m Merged side; git push origin HEAD:parley/coder/x`,
    );
    expect(added, added.output).toMatchObject({ code: 0 });
    expect(await idOf("parley/coder/x^1~8")).toBe(allowed);
  });

  test("asks nobody about a push that would take away what a person allowed", async () => {
    await push("HEAD:refs/heads/parley/coder/x");
    const asked: unknown[] = [];
    rig.caller.allowPush = async ({ updates }) => void asked.push(updates);
    rig.caller.allowedIn = async (refs) => new Map(refs.map((ref) => [ref, { commit: "a".repeat(40), by: "ann" }]));
    await rig.sh("cd w; git commit -q --amend -m Swapped");
    expect((await rig.sh("cd w; git push -qf origin HEAD:parley/coder/x")).code).not.toBe(0);
    expect(asked).toEqual([]);
    expect(await readdir(spoolDirOf(rig.dir))).toEqual([]);
  });
});
