/** A body of Markdown as the page draws it. */
export interface MarkdownDocument {
  blocks: MarkdownBlock[];
  /** Whether some of it is nested or marked up too much to be formatted, and stays as it was written. */
  isCut: boolean;
}

/** The kinds of a highlighted quote, as GitHub names them. */
export type Alert = "note" | "tip" | "important" | "warning" | "caution";

/** How the cells of a column are aligned. */
export type Alignment = "left" | "center" | "right" | undefined;

/** A block of a body. */
export type MarkdownBlock =
  | { kind: "paragraph"; inlines: Inline[] }
  /** `level` from 1 to 6. */
  | { kind: "heading"; level: number; inlines: Inline[] }
  | { kind: "quote"; blocks: MarkdownBlock[] }
  | { kind: "alert"; alert: Alert; blocks: MarkdownBlock[] }
  /** `language` in lower case, empty if none is named; `info` is everything written behind the opening marks. */
  | { kind: "code"; language: string; info: string; text: string }
  /** A row may have fewer cells than `head`, never more. */
  | { kind: "table"; align: Alignment[]; head: Inline[][]; rows: Inline[][][] }
  /** Lines that draw a table without being one, or a table that is too large; shown as they were written. */
  | { kind: "drawing"; text: string }
  /** `start` is the first number; undefined for bullets. Items of a loose list have space between them. */
  | { kind: "list"; start: number | undefined; isLoose: boolean; items: ListItem[] }
  | { kind: "rule" }
  | { kind: "footnotes"; notes: { number: number; blocks: MarkdownBlock[] }[] };

/** An item of a list. `isDone` is set if it has a check box, and says whether that is ticked. */
export interface ListItem {
  blocks: MarkdownBlock[];
  isDone?: boolean;
}

/** A part of a line. Line breaks are `\n` in a text. */
export type Inline =
  | { kind: "text"; text: string }
  | { kind: "code"; text: string }
  | { kind: "strong" | "emphasis" | "strike"; inlines: Inline[] }
  /** `@name`, in lower case; whether somebody has that name is not known here. */
  | { kind: "mention"; name: string }
  /** `host` is shown beside a label that differs from the URL. An image is a link to it. */
  | { kind: "link"; isImage: boolean; inlines: Inline[]; href: string; host: string; title: string }
  /** A mark that leads to the footnote of this number. */
  | { kind: "reference"; number: number };
