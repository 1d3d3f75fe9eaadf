import { createVerify, type KeyObject } from "node:crypto";

const maxLifeSeconds = 600;

/** The problem with a JSON web token of an App, in GitHub's words; undefined if it is valid. */
export function jwtProblem(
  token: string,
  { publicKey, appId, nowMs }: { publicKey: KeyObject; appId: string; nowMs: number },
): string | undefined {
  const [head = "", body = "", signature = "", ...more] = token.split(".");
  const header = decoded(head);
  const claims = decoded(body);
  if (more.length > 0 || !header || !claims) return "A JSON web token could not be decoded";
  if (header.alg !== "RS256" || header.typ !== "JWT") return "A JSON web token could not be decoded";
  const verify = createVerify("RSA-SHA256").update(`${head}.${body}`);
  if (!verify.verify(publicKey, signature, "base64url")) return "A JSON web token could not be decoded";
  if (claims.iss !== appId) return "'Issuer' claim ('iss') must be an Integer";
  return timeProblem(claims, nowMs / 1_000);
}

function timeProblem({ iat, exp }: Record<string, unknown>, nowSeconds: number): string | undefined {
  if (!Number.isInteger(iat) || Number(iat) > nowSeconds)
    return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
  if (!Number.isInteger(exp) || Number(exp) <= nowSeconds)
    return "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
  return Number(exp) - nowSeconds > maxLifeSeconds || Number(exp) - Number(iat) > maxLifeSeconds
    ? "'Expiration time' claim ('exp') is too far in the future"
    : undefined;
}

function decoded(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
