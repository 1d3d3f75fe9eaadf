import { type Names, outsideCode, tokenize, unescapeEntities } from "./mrkdwn.js";

/** Emoji by short name, as far as a demonstration needs them. */
const emoji: Readonly<Record<string, string>> = {
  robot_face: "🤖",
  hammer_and_wrench: "🛠️",
  mag: "🔍",
  eyes: "👀",
  white_check_mark: "✅",
  x: "❌",
  pencil: "✏️",
  pencil2: "✏️",
  hourglass: "⏳",
  hourglass_flowing_sand: "⏳",
  warning: "⚠️",
  rocket: "🚀",
  tada: "🎉",
  thumbsup: "👍",
  "+1": "👍",
  "-1": "👎",
  raised_hand: "✋",
  hand: "✋",
  question: "❓",
  bulb: "💡",
  wave: "👋",
  fire: "🔥",
  heart: "❤️",
  speech_balloon: "💬",
  lock: "🔒",
  unlock: "🔓",
  no_entry: "⛔",
  stop_sign: "🛑",
  octagonal_sign: "🛑",
  clipboard: "📋",
  memo: "📝",
  package: "📦",
  test_tube: "🧪",
  detective: "🕵️",
  construction_worker: "👷",
  scroll: "📜",
  gear: "⚙️",
  compass: "🧭",
  art: "🎨",
  brain: "🧠",
  bug: "🐛",
  large_blue_circle: "🔵",
  large_green_circle: "🟢",
  red_circle: "🔴",
  large_yellow_circle: "🟡",
  arrow_right: "➡️",
  zap: "⚡",
  fox_face: "🦊",
  bear: "🐻",
  owl: "🦉",
  cat: "🐱",
  dog: "🐶",
  panda_face: "🐼",
  koala: "🐨",
  penguin: "🐧",
  turtle: "🐢",
  whale: "🐳",
  bee: "🐝",
  beaver: "🦫",
  otter: "🦦",
  crab: "🦀",
  octopus: "🐙",
  unicorn_face: "🦄",
  tiger: "🐯",
  lion_face: "🦁",
  frog: "🐸",
  wolf: "🐺",
  raccoon: "🦝",
  hedgehog: "🦔",
  parrot: "🦜",
  dolphin: "🐬",
  snail: "🐌",
  ladybug: "🐞",
  squirrel: "🐿️",
  chipmunk: "🐿️",
  swan: "🦢",
  flamingo: "🦩",
  peacock: "🦚",
  eagle: "🦅",
  duck: "🦆",
  knot: "🪢",
  satellite: "🛰️",
  telescope: "🔭",
  microscope: "🔬",
  writing_hand: "✍️",
  mega: "📣",
  loudspeaker: "📢",
  bell: "🔔",
  pushpin: "📌",
  link: "🔗",
  wastebasket: "🗑️",
  checkered_flag: "🏁",
  double_vertical_bar: "⏸️",
  arrow_forward: "▶️",
  red_question_mark: "❓",
  sparkles: "✨",
  thinking_face: "🤔",
  star: "⭐",
  key: "🔑",
};

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);

/** `:short_name:` as its emoji; unknown names stay as they are. */
export const withEmoji = (text: string): string =>
  text.replace(/:([a-z0-9_+-]+):/g, (typed, name: string) =>
    Object.hasOwn(emoji, name) ? (emoji[name] ?? typed) : typed,
  );

/** Stored mrkdwn as HTML. Everything that is not a mark of the format is escaped. */
export function renderMrkdwn(text: string, names: Names): string {
  const parts: string[] = [];
  const keep = (html: string): string => `\u0000${parts.push(html) - 1}\u0000`;
  const withIds = tokenize(text.replaceAll("\u0000", ""))
    .map((token) => {
      if (token.type === "text") return escapeHtml(unescapeEntities(token.text));
      if (token.type === "user") return keep(`<span class="mention">@${escapeHtml(names.user(token.id))}</span>`);
      if (token.type === "channel") return keep(`<span class="mention">#${escapeHtml(names.channel(token.id))}</span>`);
      if (token.type === "broadcast") return keep(`<span class="mention loud">@${escapeHtml(token.range)}</span>`);
      if (token.type === "usergroup")
        return keep(`<span class="mention loud">@${escapeHtml(token.label ?? token.id)}</span>`);
      return keep(anchor(unescapeEntities(token.url), unescapeEntities(token.label ?? token.url)));
    })
    .join("");
  const html = marks(withIds, keep, { bold: /(^|[\s(_~>])\*([^\s*][^*\n]*?)\*(?=$|[\s).,:;!?_~])/g });
  return restore(html, parts);
}

function marks(escaped: string, keep: (html: string) => string, { bold }: { bold: RegExp }): string {
  return escaped
    .replace(/```(?:[\w-]*\n)?([\s\S]*?)```/g, (_, code: string) => keep(`<pre>${code.replace(/^\n|\n$/g, "")}</pre>`))
    .replace(/`([^`\n]+)`/g, (_, code: string) => keep(`<code>${code}</code>`))
    .replace(bold, "$1<strong>$2</strong>")
    .replace(/(^|[\s(*~>])_([^\s_][^_\n]*?)_(?=$|[\s).,:;!?*~<])/g, "$1<em>$2</em>")
    .replace(/(^|[\s(*_>])~([^\s~][^~\n]*?)~(?=$|[\s).,:;!?*_<])/g, "$1<del>$2</del>")
    .replace(/^(?:&#62;) ?(.*)(?:\n|$)/gm, "<blockquote>$1</blockquote>")
    .replace(/\n/g, "<br>");
}

/** Restores the parts that were set aside; they may contain more of them. */
function restore(html: string, parts: readonly string[]): string {
  let whole = html;
  for (let depth = 0; depth < 4 && whole.includes("\u0000"); depth += 1) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL marks what was set aside; it was removed from the input.
    whole = whole.replace(/\u0000(\d+)\u0000/g, (_, index: string) => parts[Number(index)] ?? "");
  }
  const tight = whole
    .replace(/(<\/(?:h4|pre|table|blockquote)>)(?:<br>)+/g, "$1")
    .replace(/(?:<br>)+(?=<(?:h4|pre|table|blockquote)>)/g, "");
  return outsideCode(tight, withEmoji);
}

/** A link that leads to the web, or nowhere. */
export function anchor(url: string, label: string): string {
  const safe = /^(?:https?:|mailto:)/.test(url) ? url : "#";
  return `<a href="${escapeHtml(safe)}" rel="noreferrer" target="_blank">${escapeHtml(label)}</a>`;
}
