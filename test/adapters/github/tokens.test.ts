import { generateKeyPairSync } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createGitHubTokens, type GitHubTokensOptions } from "../../../adapters/github/tokens.js";
import type { Clock } from "../../../src/ports/clock.js";
import { type GitHubEmulator, startGitHubEmulator } from "../../emulators/github/emulator.js";
import { needsGit } from "../../support/require.js";
import { realClock } from "../../support/stub-clock.js";

needsGit()("tokens of a GitHub App", () => {
  let github: GitHubEmulator;
  let laterMs = 0;
  const clock: Clock = {
    ...realClock,
    nowMs: () => realClock.nowMs() + laterMs,
    monotonicMs: () => realClock.monotonicMs() + laterMs,
  };

  beforeEach(async () => {
    laterMs = 0;
    github = await startGitHubEmulator({ nowMs: clock.nowMs });
    await github.addRepository("acme/widgets");
  });
  afterEach(() => github.stop());

  const open = (more: Partial<GitHubTokensOptions> = {}) => {
    const { appId, privateKey, apiUrl, installation } = github;
    return createGitHubTokens({ appId, privateKey, apiUrl, installationId: installation.id, clock, ...more });
  };
  const widgets = () => ({ host: github.host, owner: "acme", name: "widgets" });
  const asked = () => github.requests.filter(({ on, method }) => on === "api" && method === "POST");
  const messageOf = (promise: Promise<unknown>) =>
    promise.then(
      () => "it was given",
      (error: unknown) => (error instanceof Error ? error.message : "no error"),
    );

  test("are for one repository with the least it takes, asked for once and kept until five minutes before their end", async () => {
    const tokens = open();
    const all = await Promise.all(Array.from({ length: 20 }, () => tokens.tokenFor(widgets(), "read")));
    expect(new Set(all.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(asked().map(({ body }) => JSON.parse(body))).toEqual([
      { repositories: ["widgets"], permissions: { contents: "read", metadata: "read" } },
    ]);
    expect(await tokens.tokenFor(widgets(), "write")).not.toEqual(all[0]);
    expect(JSON.parse(asked()[1]?.body ?? "")).toEqual({
      repositories: ["widgets"],
      permissions: { contents: "write", metadata: "read" },
    });
    laterMs = 54 * 60_000;
    expect(await tokens.tokenFor(widgets(), "read")).toEqual(all[0]);
    laterMs = 56 * 60_000;
    expect(await tokens.tokenFor(widgets(), "read")).not.toEqual(all[0]);
    expect(asked()).toHaveLength(3);
  });

  test("that a server did not take are not given again", async () => {
    const tokens = open();
    const first = await tokens.tokenFor(widgets(), "read");
    tokens.forget(first.kind === "token" ? first.token : "");
    expect(await tokens.tokenFor(widgets(), "read")).not.toEqual(first);
  });

  test("are refused for another host, for a repository of others, and for a right the App lacks", async () => {
    const tokens = open();
    const none = (why: RegExp) => ({ kind: "none", why: expect.stringMatching(why) });
    expect(await tokens.tokenFor({ ...widgets(), host: "example.org" }, "read")).toEqual(none(/for 127\.0\.0\.1/));
    expect(await tokens.tokenFor({ ...widgets(), name: "other" }, "read")).toEqual(none(/not installed on it/));
    // The installation has a repository of this name, but its account is another.
    expect(await tokens.tokenFor({ ...widgets(), owner: "evil" }, "write")).toEqual(none(/not installed on it/));
    github.installation.permissions = { contents: "read", metadata: "read" };
    expect(await tokens.tokenFor(widgets(), "write")).toEqual(none(/read and write/));
    expect(await tokens.tokenFor(widgets(), "read")).toMatchObject({ kind: "token" });
  });

  test("say in a sentence why there are none, and never show key or token", async () => {
    const said: string[] = [];
    const fail = async (status: number, headers: Record<string, string> = {}) => {
      github.inject({ on: "api", kind: { status, headers, body: JSON.stringify({ message: "Said by GitHub" }) } });
      said.push(await messageOf(open().tokenFor(widgets(), "read")));
    };
    await fail(401);
    await fail(403, { "x-ratelimit-remaining": "0" });
    await fail(404);
    await fail(502);
    await fail(301, { location: "https://example.org/" });
    github.inject({ on: "api", kind: "reset" });
    said.push(await messageOf(open().tokenFor(widgets(), "read")));
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    const wrongKey = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
    said.push(await messageOf(open({ privateKey: wrongKey }).tokenFor(widgets(), "read")));
    said.push(await messageOf(open({ installationId: "1" }).tokenFor(widgets(), "read")));
    github.installation.isSuspended = true;
    said.push(await messageOf(open().tokenFor(widgets(), "read")));
    const patterns = [
      /401 and said: Said by GitHub\. .*GITHUB_APP_PRIVATE_KEY/,
      /rate limit/,
      /404 .*GITHUB_APP_INSTALLATION_ID/,
      /502\. It can be tried again/,
      /Redirects are not followed/,
      /cannot be reached \(ECONNRESET\)/,
      /could not be decoded.*GITHUB_APP_ID/,
      /404 .*GITHUB_APP_INSTALLATION_ID/,
      /suspended/,
    ];
    expect(said).toHaveLength(patterns.length);
    for (const [index, pattern] of patterns.entries()) expect(said[index]).toMatch(pattern);
    expect(said.join()).not.toMatch(/PRIVATE KEY-|ghs_|eyJ/);
  });

  test("are waited for fifteen seconds, no longer", async () => {
    let due: (() => void) | undefined;
    const after: Clock["after"] = (delayMs, run) => {
      if (delayMs === 15_000) due = run;
      return () => {};
    };
    const slow: Clock = { ...clock, after };
    github.inject({ on: "api", kind: "slow" });
    const message = messageOf(open({ clock: slow }).tokenFor(widgets(), "read"));
    await expect.poll(() => asked().length).toBe(1);
    due?.();
    expect(await message).toMatch(/no answer within 15 s/);
  });

  test("are checked: whether the key works and what the App may do, once a minute", async () => {
    const tokens = open();
    expect(await tokens.check()).toEqual({ ok: true });
    github.installation.permissions = { contents: "read", metadata: "read" };
    expect(await tokens.check()).toEqual({ ok: true });
    laterMs = 61_000;
    expect(await tokens.check()).toMatchObject({ ok: true, detail: expect.stringMatching(/may only read/) });
    github.installation.isSuspended = true;
    laterMs = 122_000;
    expect(await tokens.check()).toMatchObject({ ok: false, detail: expect.stringMatching(/suspended/) });
    expect(await open({ installationId: "1" }).check()).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/404/),
    });
  });
});
