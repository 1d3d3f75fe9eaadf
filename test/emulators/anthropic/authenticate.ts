import type { IncomingHttpHeaders } from "node:http";
import { ApiError, invalidRequest } from "./errors.js";

export interface Credential {
  readonly kind: "x-api-key" | "bearer";
  readonly value: string;
}

export const credentialOf = (headers: IncomingHttpHeaders): Credential | undefined => {
  const apiKey = headers["x-api-key"];
  if (typeof apiKey === "string" && apiKey !== "") return { kind: "x-api-key", value: apiKey };
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  return bearer === undefined ? undefined : { kind: "bearer", value: bearer };
};

export const betasOf = (headers: IncomingHttpHeaders): readonly string[] =>
  [headers["anthropic-beta"] ?? []].flat().flatMap((line) => line.split(",").map((beta) => beta.trim()));

/** Subscription tokens (`sk-ant-oat…`) are taken only with the OAuth beta, like the vendor's. */
export const authenticate = (options: {
  headers: IncomingHttpHeaders;
  apiKeys: readonly string[];
  bearerTokens: readonly string[];
}): Credential => {
  const credential = credentialOf(options.headers);
  if (credential === undefined) throw new ApiError("authentication_error", "x-api-key header is required");
  if (credential.kind === "x-api-key") {
    if (options.apiKeys.includes(credential.value)) return credential;
    throw new ApiError("authentication_error", "invalid x-api-key");
  }
  if (!options.bearerTokens.includes(credential.value)) {
    throw new ApiError("authentication_error", "Invalid bearer token");
  }
  const isSubscription = credential.value.startsWith("sk-ant-oat");
  if (isSubscription && !betasOf(options.headers).some((beta) => beta.startsWith("oauth-"))) {
    throw new ApiError("authentication_error", "OAuth authentication is currently not supported.");
  }
  return credential;
};

const BETA = /^[a-z0-9]+(-[a-z0-9]+)*-\d{4}-?\d{2}-?\d{2}$/;

export const checkHeaders = (headers: IncomingHttpHeaders): void => {
  const version = headers["anthropic-version"];
  if (version === undefined) throw invalidRequest("anthropic-version: header is required");
  if (version !== "2023-06-01" && version !== "2023-01-01") {
    throw invalidRequest(`anthropic-version: "${version}" is not a valid version`);
  }
  const unknown = betasOf(headers).find((beta) => !BETA.test(beta));
  if (unknown !== undefined) {
    throw invalidRequest(`Unexpected value(s) \`${unknown}\` for the \`anthropic-beta\` header.`);
  }
  if (!/^application\/json\b/i.test(headers["content-type"] ?? "")) {
    throw invalidRequest("Content-Type: must be application/json");
  }
};
