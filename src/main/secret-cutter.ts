import { createRedactorOfAll } from "../../adapters/anthropic/redact.js";
import type { Setting } from "../config/setting.js";
import { type Config, settings } from "../config.js";
import { cutSecretForms } from "../core/text/secret-forms.js";
import type { CutSecrets } from "../runtime/agents/kept-output.js";

/** Shorter values, such as a user's name in an address, would be found in innocent text. */
const minChars = 8;

/**
 * Cuts out of what agents did the values of every setting that is a secret, with the secrets this installation made for itself, in every spelling the model
 * gateway looks for; and what is known by its form alone.
 */
export function secretCutterOf(config: Config, made: { secret: string; adminToken: string }): CutSecrets {
  const redactor = createRedactorOfAll([...new Set([...secretValues(config), ...Object.values(made)])]);
  return (text, { isCut } = { isCut: false }) => {
    const pass = redactor();
    const begun = pass.push(Buffer.from(text));
    // The end of a text that was cut may be the beginning of a secret.
    const known = isCut ? begun : Buffer.concat([begun, pass.end()]);
    return cutSecretForms(Buffer.from(known).toString("utf8"));
  };
}

function secretValues(config: Config): string[] {
  return Object.entries(settings).flatMap(([name, setting]: [string, Setting]) => {
    const value: unknown = config[name as keyof Config];
    if (typeof value !== "string") return [];
    return setting.secret ? partsOf(value) : passwordOf(value);
  });
}

/** A secret as it is; of an address its password, for the rest of it is no secret; of a key its lines, which stand alone in an escaped text. */
function partsOf(value: string): string[] {
  if (value.includes("\n")) return value.split("\n").filter((line) => line.length >= 40 && !line.startsWith("---"));
  if (isAddress(value)) return passwordOf(value);
  return value.length >= minChars ? [value] : [];
}

function passwordOf(value: string): string[] {
  const password = isAddress(value) ? new URL(value).password : "";
  return password.length >= minChars ? [decodeURIComponent(password)] : [];
}

const isAddress = (value: string) => value.includes("://") && URL.canParse(value);
