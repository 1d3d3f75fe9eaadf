const maxChars = 160;

/** The part of a tool's input that says most, by the names Claude Code gives it. */
const telling = [
  "command",
  "file_path",
  "notebook_path",
  "pattern",
  "url",
  "query",
  "skill",
  "description",
  "prompt",
  "path",
];

/** One line for people: `make test`, `src/core/room/room.ts`. */
export function summariseInput(input: Readonly<Record<string, unknown>>): string {
  for (const key of telling) {
    const value = input[key];
    if (typeof value === "string" && value.trim() !== "") return oneLine(value);
  }
  const text = JSON.stringify(input);
  return text === "{}" ? "" : oneLine(text);
}

/** The first line of a tool's complaint. */
export function firstLine(content: unknown): string {
  const text = textOf(content)
    .replace(/<\/?tool_use_error>/g, "")
    .trim();
  return oneLine(text.split("\n", 1)[0] ?? "");
}

/** The result of a tool as a text; a part that has none, such as a picture, is named. */
export function resultText(content: unknown): string {
  if (!Array.isArray(content)) return textOf(content);
  return content
    .map((part: { type?: unknown; text?: unknown }) =>
      typeof part?.text === "string" ? part.text : `[${typeof part?.type === "string" ? part.type : "data"}]`,
    )
    .join("\n");
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part: { text?: unknown }) => (typeof part?.text === "string" ? part.text : "")).join("\n");
}

function oneLine(text: string): string {
  const flat = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  const characters = Array.from(flat);
  return characters.length <= maxChars ? flat : `${characters.slice(0, maxChars - 1).join("")}…`;
}
