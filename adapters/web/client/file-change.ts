/** A tool's change to a file, as far as its input tells. */
export interface FileChange {
  path: string;
  /** Places that are changed, one after the other. Of a file that is written whole, one with nothing before. */
  changes: readonly { before: string; after: string }[];
  /** The whole file is written; what was in it is not known. */
  isWhole: boolean;
  /** Every place that reads the same is changed, not the first alone. */
  isEverywhere: boolean;
}

/** The change that Edit, MultiEdit or Write would make; undefined for other tools, and for an input with anything beyond it. */
export function fileChangeOf(tool: string, body: string): FileChange | undefined {
  const input = parsedObject(body);
  if (!input || typeof input.file_path !== "string") return undefined;
  const { file_path: path, ...rest } = input;
  if (tool === "Write") {
    const { content, ...others } = rest;
    if (typeof content !== "string" || Object.keys(others).length > 0) return undefined;
    return { path, changes: [{ before: "", after: content }], isWhole: true, isEverywhere: false };
  }
  const changes = tool === "Edit" ? [changeIn(rest)] : tool === "MultiEdit" ? editsIn(rest) : [];
  if (changes.length === 0 || changes.some((change) => change === undefined)) return undefined;
  const isEverywhere = changes.some((change) => change?.isEverywhere === true);
  const places = changes.flatMap((change) => (change ? [{ before: change.before, after: change.after }] : []));
  return { path, changes: places, isWhole: false, isEverywhere };
}

interface Change {
  before: string;
  after: string;
  isEverywhere: boolean;
}

function editsIn({ edits, ...others }: Record<string, unknown>): (Change | undefined)[] {
  if (!Array.isArray(edits) || Object.keys(others).length > 0) return [];
  return edits.map((edit: unknown) => (isRecord(edit) ? changeIn(edit) : undefined));
}

function changeIn(input: Record<string, unknown>): Change | undefined {
  const { old_string: before, new_string: after, replace_all: all, ...others } = input;
  if (typeof before !== "string" || typeof after !== "string" || Object.keys(others).length > 0) return undefined;
  if (all !== undefined && typeof all !== "boolean") return undefined;
  return { before, after, isEverywhere: all === true };
}

function parsedObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The language of a file by its name's ending, as code blocks name it; empty if it has none. */
export function languageOf(path: string): string {
  return /\.([a-z0-9]{1,10})$/i.exec(path)?.[1]?.toLowerCase() ?? "";
}

/** The folder a command says it works in, when it begins with `cd`; undefined for the agent's own work folder. */
export function folderOf(command: string): string | undefined {
  const match = /^\s*cd\s+("[^"\n]+"|'[^'\n]+'|[^\s;&|"'$`]+)\s*(?:&&|;|\n)/.exec(command);
  return match?.[1]?.replaceAll(/^["']|["']$/g, "");
}
