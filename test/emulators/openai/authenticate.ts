import type { IncomingHttpHeaders } from "node:http";
import { OpenAiError } from "./errors.js";

/** The bearer token of a request, checked or not. */
export const tokenOf = (headers: IncomingHttpHeaders): string | undefined =>
  /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1];

const shortened = (key: string): string => `${key.slice(0, 8)}${"*".repeat(8)}${key.slice(-4)}`;

/** Credential and form of a request, in the order the vendor checks them. */
export const authenticate = (headers: IncomingHttpHeaders, apiKeys: readonly string[]): void => {
  const token = tokenOf(headers);
  const refused = { status: 401, code: "invalid_api_key" };
  if (token === undefined) {
    throw new OpenAiError(
      "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
      { status: 401 },
    );
  }
  if (!apiKeys.includes(token)) throw new OpenAiError(`Incorrect API key provided: ${shortened(token)}.`, refused);
};

export const checkHeaders = (headers: IncomingHttpHeaders): void => {
  const type = headers["content-type"] ?? "";
  if (!/^application\/json\b/i.test(type)) {
    throw new OpenAiError(
      `Unsupported content type: '${type}'. This API method only accepts 'application/json' requests.`,
      {
        code: "unsupported_content_type",
      },
    );
  }
};
