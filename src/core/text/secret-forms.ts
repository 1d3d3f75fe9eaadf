/** What stands where a secret was. */
export const removedSecret = "[removed]";

/** Secrets that are known by their form alone. Each pattern is linear: no two parts of it can take the same text. */
const forms: readonly RegExp[] = [
  // Model providers, code hosts, registries and chat platforms, as they document their keys.
  /\bsk-ant-[A-Za-z0-9_-]{8,}/g,
  /\bsk-(?:proj-|svcacct-|or-)?[A-Za-z0-9_-]{20,}/g,
  /\bgh[pousr]_[A-Za-z0-9]{16,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/g,
  /\bglpat-[A-Za-z0-9_-]{16,}/g,
  /\bxox[abeoprs]-[A-Za-z0-9-]{10,}/g,
  /\bxapp-[0-9]-[A-Za-z0-9-]{10,}/g,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /\bAIza[A-Za-z0-9_-]{30,}/g,
  /\bnpm_[A-Za-z0-9]{30,}/g,
  /\bpypi-[A-Za-z0-9_-]{30,}/g,
  /\bhf_[A-Za-z0-9]{20,}/g,
  /\b[rsp]k_(?:live|test)_[A-Za-z0-9]{16,}/g,
  // Parley's own tokens, and JSON Web Tokens.
  /\bp[12]\.[A-Za-z0-9_-]{2,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]{8,})?/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g,
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g,
];

/** The part before a secret stays: a scheme of authorization, the user of an address. */
const introduced: readonly RegExp[] = [
  /\b((?:bearer|basic)\s{1,4})[A-Za-z0-9._~+/=-]{16,}/gi,
  /(:\/\/[^\s/:@"']{1,100}:)[^\s/@"']{3,200}(?=@)/g,
];

/** A name that says secret, and its value: of a name in capitals, as in an environment, every value, else one that looks random. */
const named =
  /\b([A-Za-z0-9_-]{0,40}?(?:passw(?:or)?d|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)[A-Za-z0-9_-]{0,20}\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?)([^\s"'\\,;&(){}[\]<>]{6,})/gi;

/**
 * The text with every secret of a known form replaced by `[removed]`: keys and tokens as their providers form them, private keys, the values of names such as
 * `API_KEY`, and passwords in addresses.
 */
export function cutSecretForms(text: string): string {
  let cut = text;
  for (const form of forms) cut = cut.replace(form, removedSecret);
  for (const form of introduced) cut = cut.replace(form, `$1${removedSecret}`);
  return cut.replace(named, (whole, name: string, value: string) =>
    isSecretValue(name, value) ? `${name}${removedSecret}` : whole,
  );
}

function isSecretValue(name: string, value: string): boolean {
  if (value.startsWith(removedSecret)) return false;
  const isCapital = /^[A-Z0-9_]{4,}\\?["']?\s*[:=]/.test(name);
  return isCapital || (value.length >= 12 && /[0-9]/.test(value) && /[A-Za-z]/.test(value));
}
