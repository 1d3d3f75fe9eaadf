import { type KeyObject, randomBytes } from "node:crypto";
import { z } from "zod";
import { jwtProblem } from "./verify-jwt.js";

/** Permissions of a token of the emulated GitHub. */
export interface IssuedToken {
  token: string;
  repositories: readonly string[];
  permissions: Readonly<Record<string, string>>;
  expiresAtMs: number;
}

export interface Installation {
  id: string;
  account: string;
  permissions: Record<string, string>;
  /** Names of the account's repositories it was installed on. */
  repositories: Set<string>;
  isSuspended: boolean;
}

export interface AppRules {
  appId: string;
  publicKey: KeyObject;
  installation: Installation;
  issued: IssuedToken[];
  nowMs: () => number;
  tokenLifeMs: number;
}

export interface ApiReply {
  status: number;
  body: object;
}

const askSchema = z.strictObject({
  repositories: z.array(z.string()).min(1).optional(),
  permissions: z.record(z.string(), z.enum(["read", "write"])).optional(),
});

const problem = (status: number, message: string): ApiReply => ({ status, body: { message, status: String(status) } });

/** The two endpoints of GitHub's API that an App needs to act for an installation. */
export function answerApi(
  { method, path, authorization, body }: { method: string; path: string; authorization: string; body: string },
  rules: AppRules,
): ApiReply {
  const jwt = /^Bearer (\S+)$/.exec(authorization)?.[1];
  if (jwt === undefined) return problem(401, "Requires authentication");
  const wrong = jwtProblem(jwt, { ...rules, nowMs: rules.nowMs() });
  if (wrong !== undefined) return problem(401, wrong);
  const { installation } = rules;
  const [, id, what] = /^\/app\/installations\/([^/]+)(\/access_tokens)?$/.exec(path) ?? [];
  if (id !== installation.id) return problem(404, "Not Found");
  if (method === "GET" && what === undefined) return { status: 200, body: describe(installation) };
  if (method !== "POST" || what === undefined) return problem(404, "Not Found");
  return issue(body, rules);
}

function describe({ id, account, permissions, isSuspended }: Installation): object {
  const suspended_at = isSuspended ? "2026-01-05T09:00:00Z" : null;
  return { id: Number(id), account: { login: account }, permissions, suspended_at };
}

function issue(body: string, { installation, issued, nowMs, tokenLifeMs }: AppRules): ApiReply {
  if (installation.isSuspended) return problem(403, "This installation has been suspended");
  const asked = askSchema.safeParse(body === "" ? {} : JSON.parse(body));
  if (!asked.success) return problem(422, "Invalid request");
  const names = asked.data.repositories ?? [...installation.repositories];
  if (names.some((name) => !has(installation, name)))
    return problem(
      422,
      "There is at least one repository that does not exist or is not accessible to the parent installation.",
    );
  const permissions = asked.data.permissions ?? installation.permissions;
  const isGranted = Object.entries(permissions).every(([name, level]) => {
    const granted = installation.permissions[name];
    return granted === "write" || granted === level;
  });
  if (!isGranted) return problem(422, "The permissions requested are not granted to this installation.");
  const repositories = names.map((name) => `${installation.account}/${name}`);
  const expiresAtMs = nowMs() + tokenLifeMs;
  const token = `ghs_canary${randomBytes(18).toString("hex")}`;
  issued.push({ token, repositories, permissions, expiresAtMs });
  return {
    status: 201,
    body: {
      token,
      expires_at: new Date(expiresAtMs).toISOString().replace(/\.\d+Z$/, "Z"),
      permissions,
      repository_selection: "selected",
      repositories: repositories.map((full_name) => ({ full_name, name: full_name.split("/")[1] })),
    },
  };
}

function has({ repositories }: Installation, name: string): boolean {
  return [...repositories].some((own) => own.toLowerCase() === name.toLowerCase());
}
