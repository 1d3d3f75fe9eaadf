import { expect, test } from "vitest";
import { parseConfig } from "../../src/config.js";
import { secretCutterOf } from "../../src/main/secret-cutter.js";

const made = { secret: "made-for-this-installation-1", adminToken: "admin-token-of-this-one" };

function cutterFor(env: Record<string, string>) {
  const parsed = parseConfig(env);
  if (!parsed.ok) throw new Error(parsed.problems.join("\n"));
  return secretCutterOf(parsed.config, made);
}

const env = {
  ANTHROPIC_API_KEY: "provider-key-without-a-known-form",
  DATABASE_URL: "postgres://parley:correct-horse-battery@db.example.org/rooms",
  REDIS_URL: "redis://:another-long-password@redis.example.org:6379",
  PARLEY_SECRET: "a-secret-of-the-configuration-0123456789",
  PARLEY_ADMIN_TOKEN: "an-admin-token-of-the-configuration",
  PARLEY_PUBLIC_URL: "https://rooms.example.org",
};

test("secrets of the settings and those made by the installation are cut, in the spellings a shell gives them", () => {
  const cut = cutterFor(env);
  const secrets = [
    env.ANTHROPIC_API_KEY,
    env.PARLEY_SECRET,
    env.PARLEY_ADMIN_TOKEN,
    "correct-horse-battery",
    "another-long-password",
    made.secret,
    made.adminToken,
  ];
  for (const secret of secrets) {
    const spellings = [
      secret,
      Buffer.from(secret).toString("base64"),
      Buffer.from(secret).toString("hex"),
      encodeURIComponent(secret),
      [...secret].reverse().join(""),
      [...secret].join(" "),
    ];
    for (const spelling of spellings) expect(cut(`it is ${spelling}.`)).toContain("[removed]");
  }
});

test("addresses stay readable without their passwords", () => {
  expect(cutterFor(env)("connect to db.example.org as parley")).toBe("connect to db.example.org as parley");
});

test("the end of a text that was cut goes where it may be the beginning of a secret", () => {
  const cut = cutterFor(env);
  const begun = `it is ${env.ANTHROPIC_API_KEY.slice(0, 12)}`;
  expect(cut(begun)).toBe(begun);
  expect(cut(begun, { isCut: true })).toBe("it is ");
});
