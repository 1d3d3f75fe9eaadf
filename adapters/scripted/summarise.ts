const MAX_SUMMARY_CHARS = 200;
/** The fields that say most about a tool's input, best first. */
const TELLING_FIELDS = ["command", "file_path", "path", "pattern", "url", "description"];

/** A tool's input on one line for people, at most 200 characters: its telling field, or the JSON. */
export function summarise(input: unknown): string {
  if (input === undefined) return "";
  const line = textOf(input).replace(/\s+/g, " ").trim();
  return line.length <= MAX_SUMMARY_CHARS ? line : `${line.slice(0, MAX_SUMMARY_CHARS - 1)}…`;
}

function textOf(input: unknown): string {
  if (typeof input === "string") return input;
  if (typeof input !== "object" || input === null) return String(input);
  const fields = new Map<string, unknown>(Object.entries(input));
  const telling = TELLING_FIELDS.map((name) => fields.get(name)).find((value) => typeof value === "string");
  return typeof telling === "string" ? telling : JSON.stringify(input);
}
