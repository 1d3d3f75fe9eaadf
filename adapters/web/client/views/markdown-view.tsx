import type { ComponentChildren } from "preact";
import { useId, useMemo } from "preact/hooks";
import { inlineText, readMarkdown } from "../markdown/document.js";
import type { Inline, ListItem, MarkdownBlock } from "../markdown/tree.js";
import { texts } from "../texts.js";
import { Plain, Scrollable, Wary } from "./basics.js";
import { Code, Preformatted } from "./code-block.js";

const words = texts.timeline;

/** How the texts of a document are drawn. */
interface Look {
  /** Names that are highlighted behind an `@`. */
  names: ReadonlySet<string>;
  /** Whether letters that look like Latin ones are marked, in text that people decide on. */
  isWary: boolean;
  /** Start of the ids of this document's footnotes. */
  id: string;
}

/** A body of Markdown. Built from elements alone: no text of it is ever read as HTML. */
export function Markdown({
  text,
  names,
  isWary = false,
}: {
  text: string;
  names: ReadonlySet<string>;
  isWary?: boolean;
}) {
  const id = useId();
  const { blocks, isCut } = useMemo(() => readMarkdown(text), [text]);
  const look = useMemo(() => ({ names, isWary, id }), [names, isWary, id]);
  return (
    <>
      <Blocks blocks={blocks} look={look} />
      {isCut && <p class="hint">{words.tooDeep}</p>}
    </>
  );
}

function Blocks({ blocks, look }: { blocks: readonly MarkdownBlock[]; look: Look }) {
  return (
    <>
      {blocks.map((block, at) => (
        <BlockView key={at} block={block} look={look} />
      ))}
    </>
  );
}

function BlockView({ block, look }: { block: MarkdownBlock; look: Look }) {
  switch (block.kind) {
    case "paragraph":
      return (
        <p dir="auto">
          <Inlines inlines={block.inlines} look={look} />
        </p>
      );
    case "heading":
      return (
        <p class={`heading heading-${block.level}`} dir="auto">
          <Inlines inlines={block.inlines} look={look} />
        </p>
      );
    case "quote":
      return (
        <blockquote dir="auto">
          <Blocks blocks={block.blocks} look={look} />
        </blockquote>
      );
    case "alert":
      return (
        <blockquote class={`alert alert-${block.alert}`} dir="auto">
          <p class="alert-title">{words.alert[block.alert]}</p>
          <Blocks blocks={block.blocks} look={look} />
        </blockquote>
      );
    case "code":
      return <Code language={block.language} info={block.info} text={block.text} isWary={look.isWary} />;
    case "drawing":
      return <Preformatted label={words.table} text={block.text} />;
    case "table":
      return <Table table={block} look={look} />;
    case "list":
      return <List list={block} look={look} />;
    case "rule":
      return <hr />;
    case "footnotes":
      return (
        <ol class="footnotes">
          {block.notes.map(({ number, blocks }) => (
            <li key={number} id={noteId(look, number)} value={number} dir="auto">
              <Blocks blocks={blocks} look={look} />
            </li>
          ))}
        </ol>
      );
  }
}

const noteId = ({ id }: Look, number: number) => `note-${id}-${number}`;

function Table({
  table: { head, rows, align },
  look,
}: {
  table: Extract<MarkdownBlock, { kind: "table" }>;
  look: Look;
}) {
  return (
    <Scrollable class="table-frame" label={words.table}>
      <table>
        <thead>
          <tr>
            {head.map((cell, at) => (
              <th key={at} scope="col" dir="auto" class={alignClass(align[at])}>
                <Inlines inlines={cell} look={look} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={row}>
              {head.map((_, at) => (
                <td key={at} dir="auto" class={alignClass(align[at])}>
                  <Inlines inlines={cells[at] ?? []} look={look} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrollable>
  );
}

const alignClass = (alignment: string | undefined) => (alignment === undefined ? "" : `align-${alignment}`);

function List({
  list: { start, isLoose, items },
  look,
}: {
  list: Extract<MarkdownBlock, { kind: "list" }>;
  look: Look;
}) {
  const isTasks = items.some(({ isDone }) => isDone !== undefined);
  const name = `${isLoose ? "loose" : "tight"} ${isTasks ? "tasks" : ""}`;
  const children = items.map((item, at) => <Item key={at} item={item} look={look} />);
  if (start === undefined) return <ul class={name}>{children}</ul>;
  return (
    <ol class={name} start={start}>
      {children}
    </ol>
  );
}

function Item({ item: { blocks, isDone }, look }: { item: ListItem; look: Look }) {
  return (
    <li dir="auto" class={isDone === undefined ? "" : "task"}>
      {isDone !== undefined && (
        <span class="task-box" role="img" aria-label={isDone ? words.taskDone : words.taskOpen}>
          {isDone ? "☑" : "☐"}
        </span>
      )}
      <Blocks blocks={blocks} look={look} />
    </li>
  );
}

function Inlines({ inlines, look }: { inlines: readonly Inline[]; look: Look }) {
  return (
    <>
      {inlines.map((inline, at) => (
        <InlineView key={at} inline={inline} look={look} />
      ))}
    </>
  );
}

function InlineView({ inline, look }: { inline: Inline; look: Look }): ComponentChildren {
  switch (inline.kind) {
    case "text":
      return <Shown text={inline.text} look={look} />;
    case "code":
      return (
        <code>
          <Shown text={inline.text} look={look} />
        </code>
      );
    case "strong":
    case "emphasis":
    case "strike": {
      const Tag = elements[inline.kind];
      return (
        <Tag>
          <Inlines inlines={inline.inlines} look={look} />
        </Tag>
      );
    }
    case "mention":
      return look.names.has(inline.name) ? <span class="mention">@{inline.name}</span> : <>@{inline.name}</>;
    case "link":
      return <Link link={inline} look={look} />;
    case "reference":
      return <Reference number={inline.number} look={look} />;
  }
}

const elements = { strong: "strong", emphasis: "em", strike: "del" } as const;

function Shown({ text, look }: { text: string; look: Look }) {
  return look.isWary ? <Wary text={text} /> : <Plain text={text} />;
}

/** Opens in a new tab. Says the host, unless the label is the address: then that is shown as the browser reads it. */
function Link({ link, look }: { link: Extract<Inline, { kind: "link" }>; look: Look }) {
  const { href, host, inlines, isImage, title } = link;
  const label = inlineText(inlines).trim();
  const saysWhere = /^https:\/\//i.test(label);
  return (
    <>
      {isImage && <span class="image-mark">{words.image}</span>}
      <a href={href} target="_blank" rel="noreferrer noopener nofollow" {...(title !== "" && { title })}>
        {saysWhere || label === "" ? <Plain text={href} /> : <Inlines inlines={inlines} look={look} />}
      </a>
      {!saysWhere && label !== "" && <span class="host">{words.linkHost(host)}</span>}
      {look.isWary && title !== "" && (
        <span class="host">
          {" “"}
          <Wary text={title} />”
        </span>
      )}
    </>
  );
}

/** Moves to the footnote without changing the address of the page. */
function Reference({ number, look }: { number: number; look: Look }) {
  return (
    <sup>
      <button
        class="reference"
        type="button"
        aria-label={words.footnote(number)}
        onClick={() => document.getElementById(noteId(look, number))?.scrollIntoView({ block: "nearest" })}
      >
        {number}
      </button>
    </sup>
  );
}
