/** Options of `/room new` and `/room set`, written `--name value` or `--name=value` anywhere before the first message. */
export interface NewRoomOptions {
  repository?: string;
  branch?: string;
  gate?: "never" | "always" | "first";
  model?: string;
  /** US dollars the room may spend. */
  budgetUsd?: number;
  /** Who sees held text: members too (`thread`) or approvers alone. */
  askIn?: "thread" | "approvers";
  /** Hosts that agents may reach, in the form of a room's egress list. */
  egress?: string[];
  /** Features of the model provider's own servers that agents may use. */
  providerAccess?: string[];
  /** The reminder of a gate comes after this many seconds, and again. */
  reminderS?: number;
  /** Another name; `/room set` alone. */
  name?: string;
}

const quotes = /^[\s"'“”„«»‘’‚‹›]+|[\s"'“”„«»‘’‚‹›]+$/g;

/** A value without the quotation marks around it, straight or typographic. */
export function unquoted(value: string): string {
  return value.replace(quotes, "");
}

/** Commas of every width as `,`, and the dashes that keyboards make of `--` as `--`. */
export function plainPunctuation(text: string): string {
  return text.replace(/[，、；]\s*/g, ", ").replace(/(^|\s)[—–](?=[a-z-])/gi, "$1--");
}

/** A name without quotes, emphasis and the punctuation that ends a sentence. */
export function bareName(text: string): string {
  return unquoted(text)
    .replace(/^[*_`]+|[*_`]+$/g, "")
    .replace(/[.,!?:;。！？：；，]+$/, "")
    .replace(/[*_`]+$/, "");
}

const option = /(?:^|\s)--([a-z-]+)(?:=|\s+)("[^"]*"|“[^”]*”|[^\s"“]\S*)/i;

/** The words before the first message, without its options; or the problem with one of them. */
export function takeOptions(text: string): { rest: string; options: NewRoomOptions } | string {
  let rest = text;
  let options: NewRoomOptions = {};
  for (let found = option.exec(headOf(rest)); found; found = option.exec(headOf(rest))) {
    const [whole, name = "", value = ""] = found;
    const read = readOption(name.toLowerCase(), unquoted(value).replace(/,$/, ""));
    if (typeof read === "string") return read;
    options = withMore(options, read);
    rest = `${rest.slice(0, found.index)} ${rest.slice(found.index + whole.length)}`.trim();
  }
  return { rest, options };
}

/** Lists of an option that stands there twice are one list. */
function withMore(options: NewRoomOptions, more: NewRoomOptions): NewRoomOptions {
  const { egress, providerAccess } = more;
  return {
    ...options,
    ...more,
    ...(egress && { egress: [...(options.egress ?? []), ...egress] }),
    ...(providerAccess && { providerAccess: [...(options.providerAccess ?? []), ...providerAccess] }),
  };
}

/** Entries separated by commas or spaces. */
const listIn = (value: string): string[] =>
  value
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "");

/** Seconds of `90s`, `15m`, `2h`, `1d`; undefined for anything else. */
function secondsIn(value: string): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,6})([smhd])$/i.exec(value) ?? [];
  const factor = { s: 1, m: 60, h: 3_600, d: 86_400 }[unit.toLowerCase()];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}

/** Up to the colon that begins the first message; the one in an address does not. */
function headOf(text: string): string {
  const colon = text.search(messageColon);
  return colon < 0 ? text : text.slice(0, colon);
}

/** The colon before the first message, in every width: not the one of `https://`, `mcp:` or a port. */
export const messageColon = /(?<!\bmcp)[:：](?!\/\/|\d)/;

const gates = ["never", "always", "first"] as const;
const places = ["thread", "approvers"] as const;

function readOption(name: string, value: string): NewRoomOptions | string {
  const lower = value.toLowerCase();
  const gate = gates.find((one) => one === lower);
  const askIn = places.find((one) => one === lower);
  const budgetUsd = Number(value.replace(/^\$/, ""));
  const reminderS = secondsIn(value);
  switch (name) {
    case "repo":
    case "repository":
      return { repository: value };
    case "branch":
      return { branch: value };
    case "model":
      return { model: value };
    case "gate":
      return gate ? { gate } : `--gate is never, always or first, not “${value.slice(0, 40)}”.`;
    case "ask-in":
      return askIn ? { askIn } : `--ask-in is thread or approvers, not “${value.slice(0, 40)}”.`;
    case "budget":
      return budgetUsd > 0 && Number.isFinite(budgetUsd) ? { budgetUsd } : "--budget is a number of US dollars.";
    case "egress":
      return { egress: listIn(value) };
    case "provider-access":
      return { providerAccess: listIn(value) };
    case "reminder":
      return reminderS !== undefined && reminderS >= 60
        ? { reminderS }
        : "--reminder is a time such as 15m, 1m or more.";
    case "name":
      return { name: value };
    default:
      return `There is no option --${name.slice(0, 40)}. There are: --repo, --branch, --gate, --ask-in, --model, --budget, --egress, --provider-access, --reminder.`;
  }
}

/** Words that stop agents where a message holds nothing else but names and polite words. */
export const stopWords = ["stop", "halt", "abort", "cancel", "stopp"] as const;
/** Words that may stand beside a stop word. */
export const politeWords = [
  ..."please pls plz kindly now immediately thanks thank you it this that all everything everyone working work bitte".split(
    " ",
  ),
] as const;

/** True if a message's body, its names cut off, asks to stop and says nothing else: `Stop!`, `please stop it now`. */
export function isStop(body: string): boolean {
  if (body.length > 120) return false;
  const words = body
    .toLowerCase()
    .split(/[^\p{L}\p{N}'’]+/u)
    .filter((word) => word !== "");
  const isKnown = (word: string) => isIn(stopWords, word) || isIn(politeWords, word);
  const onlyMarks = !/[^\p{L}\p{N}\p{P}\p{S}\p{M}\p{Cf}\s]/u.test(body);
  return onlyMarks && words.some((word) => isIn(stopWords, word)) && words.every(isKnown);
}

const isIn = (list: readonly string[], word: string): boolean => list.includes(word);
