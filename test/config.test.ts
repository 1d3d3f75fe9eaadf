import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseConfig, settings } from "../src/config.js";
import { renderEnvExample } from "./support/env-example.js";

const examplePath = fileURLToPath(new URL("../.env.example", import.meta.url));

const rsaKey = generateKeyPairSync("rsa", { modulusLength: 1_024 })
  .privateKey.export({ type: "pkcs1", format: "pem" })
  .toString();

function problemsOf(env: Record<string, string>): string[] {
  const result = parseConfig(env);
  return result.ok ? [] : result.problems;
}

function configOf(env: Record<string, string>) {
  const result = parseConfig(env);
  if (!result.ok) throw new Error(result.problems.join("\n"));
  return result.config;
}

describe("the configuration", () => {
  test("has a value or a meaning for everything when nothing is set", () => {
    expect(configOf({})).toEqual({
      host: "127.0.0.1",
      port: 4400,
      dataDir: ".parley",
      demo: "auto",
      logLevel: "info",
      modelIdleSeconds: 60,
      trustProxyHops: 0,
      maxMessagesPerMinute: 300,
      maxRoomsPerHour: 1000,
      maxSandboxes: 200,
      maxFileMb: 50,
      maxRoomFilesMb: 2_048,
      maxPersonFilesMb: 1_024,
      maxUploadsPerHour: 500,
      maxJournalsMb: 10_240,
      maxInvitesPerHour: 200,
      maxAgentsPerRoom: 100,
      maxModelCallsPerMinute: 600,
      maxStreamsPerToken: 100,
      maxStreamsPerAddress: 1000,
      spendingWarnAt: 0.8,
      turnIdleSeconds: 900,
      sandbox: "auto",
      agentMemoryMb: 1_024,
      agentCpus: 1,
      agentPids: 256,
      agentDiskMb: 10_240,
      unusedHomesDays: 90,
      unusedHomesNoticeDays: 7,
      agentIdlePauseSeconds: 300,
      agentIdleStopSeconds: 3_600,
      anthropicBaseUrl: "https://api.anthropic.com",
      githubApiUrl: "https://api.github.com",
      databaseSchema: "parley",
      durableStreamsPrefix: "parley/",
      workers: 8,
    });
  });

  test("reads every key", () => {
    const config = configOf({
      PARLEY_HOST: "::1",
      PARLEY_PORT: "0",
      PARLEY_DATA_DIR: "/var/lib/parley",
      PARLEY_PUBLIC_URL: "https://Rooms.Example.org:443/",
      PARLEY_HOST_NAMES: "Build-Box, rooms.lan",
      PARLEY_SECRET: "correct horse battery staple",
      PARLEY_ADMIN_TOKEN: "letmein-please",
      PARLEY_DEMO: "off",
      PARLEY_LOG_LEVEL: "debug",
      PARLEY_NODE_NAME: "node-1.example",
      PARLEY_TRUST_PROXY_HOPS: "2",
      PARLEY_TURN_IDLE_S: "30",
      PARLEY_SANDBOX: "docker",
      PARLEY_AGENT_IMAGE: "registry.example.org/agent:1",
      PARLEY_AGENT_MEMORY_MB: "2048",
      PARLEY_AGENT_CPUS: "2",
      PARLEY_AGENT_PIDS: "512",
      PARLEY_AGENT_DISK_MB: "50",
      PARLEY_UNUSED_HOMES_DAYS: "0",
      PARLEY_UNUSED_HOMES_NOTICE_DAYS: "3",
      PARLEY_AGENT_IDLE_PAUSE_S: "60",
      PARLEY_AGENT_IDLE_STOP_S: "600",
      PARLEY_DEFAULT_BUDGET_USD: "12.50",
      PARLEY_BUDGET_INSTALLATION_USD: "5000",
      PARLEY_BUDGET_INSTALLATION_USD_PER_DAY: "100",
      PARLEY_BUDGET_INSTALLATION_USD_PER_MONTH: "1000.50",
      PARLEY_BUDGET_PERSON_USD: "500",
      PARLEY_BUDGET_PERSON_USD_PER_DAY: "10",
      PARLEY_BUDGET_PERSON_USD_PER_MONTH: "50",
      PARLEY_BUDGET_WARN_AT: "0.5",
      PARLEY_PRICES_FILE: "prices.json",
      ANTHROPIC_API_KEY: "key-of-a-model",
      CLAUDE_CODE_OAUTH_TOKEN: "token-of-a-subscription",
      ANTHROPIC_BASE_URL: "http://127.0.0.1:9/",
      PARLEY_MODEL_IDLE_S: "45",
      PARLEY_SKILLS_DIR: "my skills",
      GITHUB_APP_ID: "4711",
      GITHUB_APP_PRIVATE_KEY: rsaKey,
      GITHUB_APP_INSTALLATION_ID: "815",
      GITHUB_API_URL: "https://github.example.org/api/v3",
      SLACK_BOT_TOKEN: "xoxb-of-a-bot",
      SLACK_APP_TOKEN: "xapp-of-an-app",
      SLACK_SIGNING_SECRET: "signing-secret",
      SLACK_API_URL: "http://127.0.0.1:9/api/",
      DISCORD_BOT_TOKEN: "discord.bot.token",
      DISCORD_GUILD_ID: "700000000000000001",
      DISCORD_API_URL: "http://127.0.0.1:9/api",
      DISCORD_APPROVERS: "600000000000000001, 610000000000000002",
      SLACK_APPROVERS: "U012AB3CD, W9",
      DATABASE_SCHEMA: "here",
      DURABLE_STREAMS_URL: "http://127.0.0.1:4437",
      DURABLE_STREAMS_TOKEN: "token-of-the-streams",
      DURABLE_STREAMS_PREFIX: "here/",
      REDIS_URL: "redis://:hunter2@127.0.0.1:6379",
      PARLEY_MAX_FILE_MB: "5",
      PARLEY_MAX_ROOM_FILES_MB: "100",
      PARLEY_MAX_PERSON_FILES_MB: "50",
      PARLEY_MAX_UPLOADS_PER_HOUR: "30",
      PARLEY_MAX_JOURNALS_MB: "2048",
      PARLEY_NODE_URL: "http://10.0.0.7:4400",
      PARLEY_WORKERS: "16",
    });
    expect(config).toEqual({
      host: "::1",
      port: 0,
      dataDir: "/var/lib/parley",
      publicUrl: "https://rooms.example.org",
      hostNames: ["build-box", "rooms.lan"],
      secret: "correct horse battery staple",
      adminToken: "letmein-please",
      demo: "off",
      logLevel: "debug",
      nodeName: "node-1.example",
      trustProxyHops: 2,
      maxMessagesPerMinute: 300,
      maxRoomsPerHour: 1000,
      maxSandboxes: 200,
      maxFileMb: 5,
      maxRoomFilesMb: 100,
      maxPersonFilesMb: 50,
      maxUploadsPerHour: 30,
      maxJournalsMb: 2_048,
      maxInvitesPerHour: 200,
      maxAgentsPerRoom: 100,
      maxModelCallsPerMinute: 600,
      maxStreamsPerToken: 100,
      maxStreamsPerAddress: 1000,
      installationUsd: 5_000,
      installationUsdPerDay: 100,
      installationUsdPerMonth: 1_000.5,
      personUsd: 500,
      personUsdPerDay: 10,
      personUsdPerMonth: 50,
      spendingWarnAt: 0.5,
      turnIdleSeconds: 30,
      sandbox: "docker",
      agentImage: "registry.example.org/agent:1",
      agentMemoryMb: 2_048,
      agentCpus: 2,
      agentPids: 512,
      agentDiskMb: 50,
      unusedHomesDays: 0,
      unusedHomesNoticeDays: 3,
      agentIdlePauseSeconds: 60,
      agentIdleStopSeconds: 600,
      defaultBudgetUsd: 12.5,
      pricesFile: "prices.json",
      anthropicApiKey: "key-of-a-model",
      claudeCodeOauthToken: "token-of-a-subscription",
      anthropicBaseUrl: "http://127.0.0.1:9/",
      modelIdleSeconds: 45,
      skillsDir: "my skills",
      githubAppId: "4711",
      githubAppPrivateKey: rsaKey,
      githubAppInstallationId: "815",
      githubApiUrl: "https://github.example.org/api/v3",
      slackBotToken: "xoxb-of-a-bot",
      slackAppToken: "xapp-of-an-app",
      slackSigningSecret: "signing-secret",
      slackApiUrl: "http://127.0.0.1:9/api/",
      slackApprovers: ["U012AB3CD", "W9"],
      discordBotToken: "discord.bot.token",
      discordGuildId: "700000000000000001",
      discordApiUrl: "http://127.0.0.1:9/api",
      discordApprovers: ["600000000000000001", "610000000000000002"],
      databaseSchema: "here",
      durableStreamsUrl: "http://127.0.0.1:4437",
      durableStreamsToken: "token-of-the-streams",
      durableStreamsPrefix: "here/",
      redisUrl: "redis://:hunter2@127.0.0.1:6379",
      nodeUrl: "http://10.0.0.7:4400",
      workers: 16,
    });
    const { databaseUrl, ...others } = settings;
    expect(Object.keys(config)).toEqual(Object.keys(others));
    const secrets = { PARLEY_SECRET: "correct horse battery staple", PARLEY_ADMIN_TOKEN: "letmein-please" };
    const address = "postgresql://parley:secret@db.example.org/rooms?sslmode=verify-full";
    expect(configOf({ [databaseUrl.key]: address, ...secrets })).toMatchObject({ databaseUrl: address });
  });

  test("treats an empty value as unset and ignores unknown keys", () => {
    expect(configOf({ PARLEY_PORT: "", PARLEY_SECRET: "  ", PARLEY_SOMETHING: "1", PATH: "/bin" })).toEqual(
      configOf({}),
    );
  });
});

describe("the key of a GitHub App", () => {
  const keyOf = (value: string) =>
    configOf({ GITHUB_APP_ID: "1", GITHUB_APP_INSTALLATION_ID: "2", GITHUB_APP_PRIVATE_KEY: value })
      .githubAppPrivateKey;

  test("may be written as it is, on one line, or in base64, also in a .env file", () => {
    const oneLine = rsaKey.replaceAll("\n", "\\n");
    for (const value of [rsaKey, oneLine, Buffer.from(rsaKey).toString("base64")]) expect(keyOf(value)).toBe(rsaKey);
    const env = parseEnv(`GITHUB_APP_PRIVATE_KEY="${rsaKey}"\nOTHER="${oneLine}"\n`);
    expect(keyOf(env.GITHUB_APP_PRIVATE_KEY ?? "")).toBe(rsaKey);
    expect(keyOf(env.OTHER ?? "")).toBe(rsaKey);
  });

  test("is named but not shown when it is invalid", () => {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const others = [
      privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      publicKey.export({ type: "spki", format: "pem" }).toString(),
      rsaKey.slice(0, 300),
      "not-a-key",
    ];
    for (const value of others)
      expect(problemsOf({ GITHUB_APP_PRIVATE_KEY: value })).toEqual([
        "GITHUB_APP_PRIVATE_KEY has a value that cannot be used (not shown here); expected an RSA private key in PEM, with real line breaks or \\n, or the whole of it in base64.",
      ]);
  });
});

describe("a wrong value", () => {
  test("is reported with all others at once: the key, the value and the expected form", () => {
    expect(problemsOf({ PARLEY_PORT: "70000", PARLEY_DEMO: "yes", PARLEY_HOST: "not a host" })).toEqual([
      'PARLEY_HOST is "not a host"; expected a host name or an IP address, such as 127.0.0.1.',
      'PARLEY_PORT is "70000"; expected a whole number from 0 to 65535.',
      'PARLEY_DEMO is "yes"; expected one of auto, on, off.',
    ]);
  });

  test.each([
    ["PARLEY_PORT", "-1"],
    ["PARLEY_PORT", "44.5"],
    ["PARLEY_PORT", "0x10"],
    ["PARLEY_TURN_IDLE_S", "0"],
    ["PARLEY_TURN_IDLE_S", "15m"],
    ["PARLEY_TRUST_PROXY_HOPS", "99999999999999999999"],
    ["PARLEY_LOG_LEVEL", "INFO"],
    ["PARLEY_NODE_NAME", "-node"],
    ["PARLEY_PUBLIC_URL", "rooms.example.org"],
    ["PARLEY_PUBLIC_URL", "ftp://rooms.example.org"],
    ["PARLEY_PUBLIC_URL", "https://rooms.example.org/parley"],
    ["PARLEY_PUBLIC_URL", "https://rooms.example.org/?a=b"],
    ["PARLEY_PUBLIC_URL", "https://mia@rooms.example.org/"],
    ["PARLEY_DATA_DIR", "a\0b"],
  ])("%s=%j is refused", (key, value) => {
    const problems = problemsOf({ [key]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${key} is ".*"; expected .+\\.$`));
  });

  test.each([
    [{ SLACK_BOT_TOKEN: "xoxb-alone" }, "SLACK_BOT_TOKEN is set alone"],
    [{ SLACK_APP_TOKEN: "xapp-alone" }, "SLACK_BOT_TOKEN is missing"],
    [{ SLACK_SIGNING_SECRET: "alone-alone" }, "SLACK_BOT_TOKEN is missing"],
    [
      { GITHUB_APP_ID: "1" },
      "GITHUB_APP_PRIVATE_KEY and GITHUB_APP_INSTALLATION_ID missing; a GitHub App needs all three",
    ],
    [{ GITHUB_APP_ID: "1", GITHUB_APP_PRIVATE_KEY: rsaKey }, "GITHUB_APP_INSTALLATION_ID missing"],
    [{ GITHUB_API_URL: "http://github.example.org" }, "GITHUB_API_URL is"],
    [{ SLACK_BOT_TOKEN: "xoxb-a-bot", SLACK_APP_TOKEN: "xapp-an-app", SLACK_APPROVERS: "mia@x" }, "SLACK_APPROVERS is"],
  ])("that lacks a related one, or names an unknown thing: %j", (env, start) => {
    const problems = problemsOf(env as unknown as Record<string, string>);
    expect(problems).toEqual([expect.stringContaining(start)]);
  });

  test("is shown on one line, cut, and without the password of an address", () => {
    const [problem = ""] = problemsOf({ PARLEY_HOST: `a\nb${"c".repeat(500)}` });
    expect(problem).toContain('"a\\nbccc');
    expect(problem.length).toBeLessThan(200);
    expect(problemsOf({ PARLEY_PUBLIC_URL: "https://mia:hunter22@example.org/" })[0]).not.toContain("hunter22");
  });

  test("of a secret never appears in a message", () => {
    const secrets = Object.values(settings).filter((setting) => "secret" in setting);
    expect(secrets.map(({ key }) => key)).toEqual([
      "PARLEY_SECRET",
      "PARLEY_ADMIN_TOKEN",
      "ANTHROPIC_API_KEY",
      "CLAUDE_CODE_OAUTH_TOKEN",
      "GITHUB_APP_PRIVATE_KEY",
      "SLACK_BOT_TOKEN",
      "SLACK_APP_TOKEN",
      "SLACK_SIGNING_SECRET",
      "DISCORD_BOT_TOKEN",
      "DATABASE_URL",
      "DURABLE_STREAMS_TOKEN",
    ]);
    // Letters no message of ours contains, so that a hit can only come from the value.
    const letters = fc.string({ unit: fc.constantFrom("ŋ", "Ø", "ж", "\n"), minLength: 2, maxLength: 7 });
    fc.assert(
      fc.property(letters, (value) => {
        fc.pre(value.trim() !== "");
        const problems = problemsOf(Object.fromEntries(secrets.map(({ key }) => [key, value])));
        expect(problems).toHaveLength(secrets.length);
        expect(problems.join("")).not.toMatch(/[ŋØж\n]/);
      }),
    );
  });
});

describe(".env.example", () => {
  test("lists every key with its meaning, unit and default, and nothing else", async () => {
    // After a change of the table: npx vitest run --config test/vitest.config.ts test/config.test.ts -u
    await expect(renderEnvExample()).toMatchFileSnapshot(examplePath);
  });

  test("copied to .env changes nothing", () => {
    const env = parseEnv(readFileSync(examplePath, "utf8"));
    expect(Object.keys(env).sort()).toEqual(
      Object.values(settings)
        .map(({ key }) => key)
        .sort(),
    );
    expect(configOf(env as Record<string, string>)).toEqual(configOf({}));
  });
});

describe("a fleet", () => {
  const streams = { DURABLE_STREAMS_URL: "http://127.0.0.1:4437" };

  test("has its rooms in one place", () => {
    const both = { ...streams, DATABASE_URL: "postgres://127.0.0.1/rooms" };
    expect(problemsOf(both)[0]).toContain("DATABASE_URL and DURABLE_STREAMS_URL are both set");
    expect(problemsOf({ DATABASE_URL: "postgres://127.0.0.1/rooms" })[0]).toContain("with DATABASE_URL every process");
  });

  test("needs the secrets its processes share", () => {
    expect(problemsOf(streams).map((problem) => problem.split(" ")[0])).toEqual([
      "PARLEY_SECRET",
      "PARLEY_ADMIN_TOKEN",
    ]);
    const secrets = { PARLEY_SECRET: "correct horse battery staple", PARLEY_ADMIN_TOKEN: "letmein-please" };
    expect(problemsOf({ ...streams, ...secrets })).toEqual([]);
  });

  test("needs the address of its rooms if it shows threads: a worker has no address, and every process posts the same cards", () => {
    const fleet = { ...streams, PARLEY_SECRET: "correct horse battery staple", PARLEY_ADMIN_TOKEN: "letmein-please" };
    const slack = { SLACK_BOT_TOKEN: "xoxb-1-2-abc", SLACK_APP_TOKEN: "xapp-1-A-2-abc" };
    for (const chat of [slack, { DISCORD_BOT_TOKEN: "MTA.abc.def-ghi", DISCORD_GUILD_ID: "700000000000000001" }]) {
      expect(problemsOf(chat)).toEqual([]);
      expect(problemsOf({ ...fleet, ...chat })).toEqual([
        "PARLEY_PUBLIC_URL is unset, but with DURABLE_STREAMS_URL every process that shows chat threads needs the same; " +
          "expected http or https address without a path.",
      ]);
      expect(problemsOf({ ...fleet, ...chat, PARLEY_PUBLIC_URL: "https://rooms.example.org" })).toEqual([]);
    }
  });

  test("does not start with Redis alone", () => {
    expect(problemsOf({ REDIS_URL: "redis://127.0.0.1:6379" })).toEqual([]);
  });
});
