import { createSign, type KeyObject } from "node:crypto";

/** GitHub allows ten minutes at most. */
const lifeSeconds = 540;
/** Clocks differ: GitHub refuses a token from the future. */
const backdateSeconds = 60;

/** A JSON web token that identifies the App, signed with its key (RS256). */
export function createAppJwt({ appId, key, nowMs }: { appId: string; key: KeyObject; nowMs: number }): string {
  const nowSeconds = Math.floor(nowMs / 1_000);
  const claims = { iat: nowSeconds - backdateSeconds, exp: nowSeconds + lifeSeconds, iss: appId };
  const content = [{ alg: "RS256", typ: "JWT" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${content}.${createSign("RSA-SHA256").update(content).sign(key, "base64url")}`;
}
