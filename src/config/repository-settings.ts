import { createPrivateKey } from "node:crypto";
import { z } from "zod";
import { type Setting, text } from "./setting.js";

const keyError = "an RSA private key in PEM, with real line breaks or \\n, or the whole of it in base64";

/** One line of the environment holds many: as `\n`, or in base64. */
function toPem(value: string): string {
  const isPem = value.includes("-----BEGIN");
  return (isPem ? value : Buffer.from(value, "base64").toString("latin1")).replaceAll("\\n", "\n").trim();
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === "rsa";
  } catch {
    return false;
  }
}

const privateKey = z.string().transform((value, context) => {
  const pem = toPem(value);
  if (isRsaKey(pem)) return `${pem}\n`;
  context.addIssue({ code: "custom", message: keyError });
  return z.NEVER;
});

/** With http what goes there could be read on its way, so that is for this machine alone. */
const apiUrl = text(
  /^(https:\/\/[^\s/?#@]+|http:\/\/(127\.0\.0\.1|localhost)(:\d{1,5})?)(\/[^\s?#]*)?$/,
  "an https address (http only for this machine)",
);

const folders = text(
  /^\/[\w.+-][\w.+/-]*(,\s*\/[\w.+-][\w.+/-]*)*$/,
  "absolute paths of folders, separated by commas",
).transform((list) => list.split(/,\s*/));

/** Repositories of rooms. */
export const repositorySettings = {
  repositoryDirs: {
    key: "PARLEY_REPOSITORY_DIRS",
    schema: folders,
    meaning:
      "Folders of this machine that rooms may have as repositories, themselves and what lies below them. Agents get clones; only their branches parley/… come back.",
    unit: "absolute paths, separated by commas",
    default: null,
    whenUnset: "no folder of this machine",
  },
  githubAppId: {
    key: "GITHUB_APP_ID",
    schema: text(/^[A-Za-z0-9._-]{1,64}$/, "the App's id, or its client id"),
    meaning: "GitHub App that lets agents read their room's repository and push branches parley/….",
    unit: "App id",
    default: null,
    whenUnset: "public repositories can be read, and nothing is pushed",
  },
  githubAppPrivateKey: {
    key: "GITHUB_APP_PRIVATE_KEY",
    schema: privateKey,
    meaning: "Private key of that App. It stays in Parley: no agent ever sees it or a token made with it.",
    unit: "RSA key in PEM (in quotes, with line breaks or \\n), or that in base64",
    default: null,
    whenUnset: "no GitHub App",
    secret: true,
  },
  githubAppInstallationId: {
    key: "GITHUB_APP_INSTALLATION_ID",
    schema: text(/^\d{1,20}$/, "the id of the installation: digits only"),
    meaning: "Installation of that App, on the account whose repositories rooms have.",
    unit: "installation id",
    default: null,
    whenUnset: "no GitHub App",
  },
  githubApiUrl: {
    key: "GITHUB_API_URL",
    schema: apiUrl,
    meaning: "Where GitHub's API is; that of a GitHub Enterprise Server ends with /api/v3.",
    unit: "https address",
    default: "https://api.github.com",
  },
} as const satisfies Record<string, Setting>;
