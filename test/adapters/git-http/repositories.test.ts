import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { succeeds } from "../../support/programs.js";
import { needsGit } from "../../support/require.js";
import { createGitRig, type GitRig } from "./git-rig.js";

needsGit()("the room's repository", () => {
  const rigs: GitRig[] = [];
  const make: typeof createGitRig = async (options) => {
    const rig = await createGitRig(options);
    rigs.push(rig);
    return rig;
  };
  afterEach(async () => {
    for (const rig of rigs.splice(0)) {
      const logged = rig.logged();
      await rig.stop();
      for (const { token } of rig.github.issued) expect(logged).not.toContain(token);
    }
  });

  test("is cloned and fetched with a token the agent never has", async () => {
    const rig = await make();
    expect(await rig.git("clone", "-q", rig.url, "w")).toEqual({ code: 0, output: "" });
    expect(await rig.sh("cd w; cat README.md; git log --format=%s")).toMatchObject({ output: "Widgets\nFirst\n" });
    await rig.github.git("acme/widgets", "branch", "parley/coder/x", "main");
    expect(await rig.sh("cd w; git fetch -q; git branch -r")).toMatchObject({
      code: 0,
      output: expect.stringContaining("origin/parley/coder/x"),
    });
    const gits = rig.github.requests.filter(({ on }) => on === "git");
    const [token, ...more] = rig.github.issued;
    expect(more).toEqual([]);
    expect(token?.permissions).toEqual({ contents: "read", metadata: "read" });
    expect(new Set(gits.map(({ headers }) => headers.authorization))).toEqual(
      new Set([`Basic ${Buffer.from(`x-access-token:${token?.token}`).toString("base64")}`]),
    );
    expect(await rig.sh("grep -r ghs_ . || echo nowhere")).toMatchObject({ output: "nowhere\n" });
  });

  test("is requested with the headers Git needs and no others; the caller's credentials are dropped", async () => {
    const rig = await make();
    const extra = ["Authorization: Bearer stolen", "Cookie: a=b", "X-Other: c"].flatMap((one) => [
      "-c",
      `http.extraHeader=${one}`,
    ]);
    expect((await rig.git(...extra, "clone", "-q", rig.url, "w")).code).toBe(0);
    const names = rig.github.requests.flatMap(({ on, headers }) => (on === "git" ? Object.keys(headers) : []));
    const known = ["accept", "accept-encoding", "authorization", "connection", "content-length", "content-type"];
    const allowed = [...known, "content-encoding", "git-protocol", "host", "user-agent", "transfer-encoding"];
    expect(names.filter((name) => !allowed.includes(name))).toEqual([]);
    expect(JSON.stringify(rig.github.requests)).not.toContain("stolen");
  });

  test("is the only one, whatever the path looks like", async () => {
    const rig = await make();
    await rig.github.addRepository("acme/other");
    const { host } = rig.github;
    const status = async (path: string, method = "GET") => (await rawRequest(rig.at, method, path)).status;
    const refs = "info/refs?service=git-upload-pack";
    expect(await status(`/git/${host}/acme/widgets/${refs}`)).toBe(200);
    expect(await status(`/git/${host}/acme/widgets.git/${refs}`)).toBe(200);
    expect(await status(`/git/x/../${host}/acme/widgets/${refs}`)).toBe(200);
    const refused = [
      `/git/${host}/acme/other/${refs}`,
      `/git/${host}/acme/widgets/../other/${refs}`,
      `/git/${host}/acme/widgets/%2e%2e/other/${refs}`,
      `/git/${host}/acme%2fwidgets/${refs}`,
      `/git/${host}/acme/widgets%2egit/${refs}`,
      `/git/${host}/acme/widgets.git.git/${refs}`,
      `/git/${host}/Acme/Widgets/${refs}`,
      `/git/${host}/acme/widgets.GIT/${refs}`,
      `/git//${host}/acme/widgets/${refs}`,
      `/git/${host}/acme/widgets//${refs}`,
      `/git/evil@${host}/acme/widgets/${refs}`,
      `/git/127.0.0.1/acme/widgets/${refs}`,
      `/git/${host}/acme/widgets/info/refs`,
      `/git/${host}/acme/widgets/info/refs?service=git-upload-archive`,
      `/git/${host}/acme/widgets/${refs}&service=git-receive-pack`,
      `/git/${host}/acme/widgets/HEAD`,
      `/git/${host}/acme/widgets/objects/info/packs`,
      `/git/${host}/acme/widgets/git-upload-pack`,
      `/git/${host}/acme/widgets/settings`,
    ];
    const asked = rig.github.requests.length;
    for (const path of refused) expect(await status(path), path).toBe(403);
    for (const method of ["POST", "PUT", "DELETE", "PROPFIND"])
      expect(await status(`/git/${host}/acme/widgets/${refs}`, method), method).toBe(403);
    expect(rig.github.requests).toHaveLength(asked);
    const { code, output } = await rig.git("clone", `https://${host}/acme/other`, "o");
    expect(code).not.toBe(0);
    expect(output).toContain(`remote: Parley: only the repository of this room can be reached: ${rig.url}`);
    rig.caller.repository = undefined;
    expect((await rig.git("clone", rig.url, "n")).output).toContain("remote: Parley: this room has no repository.");
  });

  test("that is public is read without an App, and nothing is pushed to it", async () => {
    const rig = await make({ withoutApp: true });
    expect((await rig.git("clone", rig.url, "w")).output).toMatch(
      /remote: Parley: .* is not there, or Parley may not see it: Parley has no GitHub App\./,
    );
    const url = await rig.github.addRepository("acme/open", undefined, { isPublic: true });
    rig.caller.repository = { host: rig.github.host, owner: "acme", name: "open" };
    expect((await rig.git("clone", "-q", url, "w")).code).toBe(0);
    const push = await rig.sh("cd w; git push origin HEAD:refs/heads/parley/coder/x");
    expect(push.output).toContain("remote: Parley: nothing can be pushed: Parley has no GitHub App.");
    expect(push.code).not.toBe(0);
  });

  test("is read without a token if it is public and the App is not installed on it", async () => {
    const rig = await make();
    const url = await rig.github.addRepository("others/open", undefined, { isPublic: true });
    rig.caller.repository = { host: rig.github.host, owner: "others", name: "open" };
    expect((await rig.git("clone", "-q", url, "w")).code).toBe(0);
    expect((await rig.sh("cd w; git push origin HEAD:refs/heads/parley/coder/x")).output).toContain(
      "is not installed on it",
    );
  });

  test("is tried once more with another token when one was revoked", async () => {
    const rig = await make();
    expect((await rig.git("clone", "-q", rig.url, "w")).code).toBe(0);
    rig.github.revoke(rig.github.issued[0]?.token ?? "");
    expect(await rig.sh("cd w; git fetch -q")).toEqual({ code: 0, output: "" });
    rig.github.inject({ on: "git", kind: { status: 401 }, times: 3 });
    expect((await rig.sh("cd w; git fetch -q")).output).toContain("did not take Parley's token");
  });

  test("says plainly when it moved, fails, waits or is not a Git server, and follows nothing", async () => {
    const rig = await make();
    const said = async (kind: Parameters<typeof rig.github.inject>[0]["kind"]) => {
      rig.github.inject({ on: "git", kind });
      return (await rig.git("ls-remote", rig.url)).output;
    };
    expect(await said({ status: 503 })).toMatch(/remote: Parley: 127.* answered 503\. Try again later\./);
    expect(await said({ status: 429 })).toContain("asks to wait (rate limit)");
    expect(await said({ status: 200, body: "<html>", headers: { "content-type": "text/html" } })).toContain(
      "is not a Git server",
    );
    rig.github.inject({ on: "git", method: "POST", kind: { status: 502 } });
    expect((await rig.git("clone", rig.url, "w")).output).toMatch(
      /remote error: Parley: .* answered 502\. Try again later\./,
    );
    expect(await said("reset")).toContain("cannot be reached (ECONNRESET)");
    rig.github.inject({ on: "api", kind: { status: 401, body: '{"message":"Bad"}' } });
    rig.github.revoke(rig.github.issued[0]?.token ?? "");
    expect((await rig.git("ls-remote", rig.url)).output).toContain("GITHUB_APP_PRIVATE_KEY");
    await rig.github.addRepository("acme/gadgets");
    rig.github.rename("acme/widgets", "acme/gadgets");
    const moved = (await rig.git("ls-remote", rig.url)).output;
    expect(moved).toContain(`has moved to https://${rig.github.host}/acme/gadgets, which is not followed.`);
    expect(rig.github.requests.some(({ path }) => path.includes("gadgets"))).toBe(false);
  });

  test("is not waited for without end, and is released when the agent leaves", async () => {
    const rig = await make({ idleTimeoutMs: 300 });
    rig.github.inject({ on: "git", kind: "slow" });
    expect((await rig.git("ls-remote", rig.url)).output).toContain("said nothing for too long");
    const patient = await make();
    patient.github.inject({ on: "git", kind: "slow" });
    const { host, port } = new URL(patient.at);
    const socket = connect(Number(port), "127.0.0.1");
    socket.write(
      `GET /git/${patient.github.host}/acme/widgets/info/refs?service=git-upload-pack HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
    );
    const gits = () => patient.github.requests.filter(({ on }) => on === "git").length;
    await expect.poll(gits).toBe(1);
    expect(patient.github.openRequests()).toBe(1);
    socket.destroy();
    await expect.poll(() => patient.github.openRequests()).toBe(0);
  });

  test("is found by its server's name, which is looked up once", async () => {
    const rig = await make();
    const named = await make({
      ownServer: { host: "git.example.org", origin: `http://localhost:${rig.github.host.split(":")[1]}` },
    });
    const url = await rig.github.addRepository("acme/open", undefined, { isPublic: true });
    named.caller.repository = { host: "git.example.org", owner: "acme", name: "open" };
    expect((await named.git("ls-remote", "https://git.example.org/acme/open")).output).toContain("refs/heads/main");
    expect(url).toContain(rig.github.host);
  });

  test.skipIf(!succeeds("openssl", ["version"]))(
    "is asked for only where the server shows a certificate for its name",
    async () => {
      const rig = await make();
      const files = ["-keyout", `${rig.dir}/key.pem`, "-out", `${rig.dir}/cert.pem`];
      await rig.sh(
        `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost ${files.join(" ")}`,
      );
      const server = createServer({
        key: readFileSync(`${rig.dir}/key.pem`),
        cert: readFileSync(`${rig.dir}/cert.pem`),
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const at = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      const strict = await make({ ownServer: { host: at, origin: `https://${at}` } });
      strict.caller.repository = { host: at, owner: "acme", name: "open" };
      expect((await strict.git("ls-remote", `https://${at}/acme/open`)).output).toMatch(
        /cannot be reached \(\w*SELF_SIGNED/,
      );
      await new Promise((resolve) => server.close(resolve));
    },
  );

  test("is not passed on beyond the limit, and only from public addresses", async () => {
    const rig = await make({ maxFetchBytes: 1_000 });
    await rig.github.addRepository("acme/big", {
      "big.bin": Buffer.from(Array.from({ length: 9_000 }, (_, i) => (i * 7919) % 251)).toString("base64"),
    });
    rig.caller.repository = { host: rig.github.host, owner: "acme", name: "big" };
    expect((await rig.git("clone", `https://${rig.github.host}/acme/big`, "b")).code).not.toBe(0);
    for (const host of ["localhost:1", "127.0.0.1", "10.1.2.3", "169.254.169.254"]) {
      rig.caller.repository = { host, owner: "acme", name: "widgets" };
      expect((await rig.git("ls-remote", `https://${host}/acme/widgets`)).output, host).toContain(
        "has no public address",
      );
    }
  });
});

/** The path as it is, which a URL would tidy. */
function rawRequest(at: string, method: string, path: string): Promise<{ status: number }> {
  const { port, host } = new URL(at);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), "127.0.0.1");
    let answer = "";
    socket.on("data", (bytes) => (answer += bytes.toString("latin1"))).once("error", reject);
    socket.once("close", () => resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]) }));
    socket.write(`${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });
}
