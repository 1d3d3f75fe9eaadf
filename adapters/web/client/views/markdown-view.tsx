import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { type Block, type ListItem, parseMarkdown } from "../markdown.js";
import type { Inline } from "../markdown-inline.js";
import { texts } from "../texts.js";
import { Plain, Scrollable } from "./basics.js";

/** A message body. Built from elements alone: no text of it is ever read as HTML. */
export function Markdown({ text, names }: { text: string; names: ReadonlySet<string> }) {
  const blocks = useMemo(() => parseMarkdown(text), [text]);
  return (
    <>
      {blocks.map((block, at) => (
        <BlockView key={at} block={block} names={names} />
      ))}
    </>
  );
}

function BlockView({ block, names }: { block: Block; names: ReadonlySet<string> }) {
  switch (block.kind) {
    case "paragraph":
      return (
        <p dir="auto">
          <Inlines inlines={block.inlines} names={names} />
        </p>
      );
    case "heading":
      return (
        <p class="heading" dir="auto">
          <Inlines inlines={block.inlines} names={names} />
        </p>
      );
    case "quote":
      return (
        <blockquote dir="auto">
          <Inlines inlines={block.inlines} names={names} />
        </blockquote>
      );
    case "code":
      return <Code language={block.language} text={block.text} />;
    case "table":
      return <Preformatted label={texts.timeline.table} text={block.text} />;
    case "list":
      return <List ordered={block.ordered} start={block.start} items={block.items} names={names} />;
  }
}

function Code({ language, text }: { language: string; text: string }) {
  const label = language === "" ? texts.timeline.code : texts.timeline.codeIn(language);
  const isDiff = language === "diff" || language === "patch";
  return (
    <Preformatted label={label} text={text}>
      {isDiff ? text.split("\n").map((line, at) => <DiffLine key={at} line={line} />) : undefined}
    </Preformatted>
  );
}

function Preformatted({ label, text, children }: { label: string; text: string; children?: ComponentChildren }) {
  return (
    <Scrollable class="code" label={label} dir="ltr">
      <pre>
        <code>{children ?? <Plain text={text} />}</code>
      </pre>
    </Scrollable>
  );
}

function DiffLine({ line }: { line: string }) {
  const kind = line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : "same";
  return (
    <span class={`diff-${kind}`}>
      <Plain text={line} />
      {"\n"}
    </span>
  );
}

function List({
  ordered,
  start,
  items,
  names,
}: {
  ordered: boolean;
  start: number;
  items: ListItem[];
  names: ReadonlySet<string>;
}) {
  const children = items.map((item, at) => (
    <li key={at} class={`depth-${item.depth}`} dir="auto">
      <Inlines inlines={item.inlines} names={names} />
    </li>
  ));
  return ordered ? <ol start={start}>{children}</ol> : <ul>{children}</ul>;
}

function Inlines({ inlines, names }: { inlines: readonly Inline[]; names: ReadonlySet<string> }) {
  return (
    <>
      {inlines.map((inline, at) => (
        <InlineView key={at} inline={inline} names={names} />
      ))}
    </>
  );
}

function InlineView({ inline, names }: { inline: Inline; names: ReadonlySet<string> }) {
  switch (inline.kind) {
    case "text":
      return <Plain text={inline.text} />;
    case "code":
      return (
        <code>
          <Plain text={inline.text} />
        </code>
      );
    case "strong":
      return (
        <strong>
          <Inlines inlines={inline.inlines} names={names} />
        </strong>
      );
    case "mention":
      return names.has(inline.name) ? <span class="mention">@{inline.name}</span> : <>@{inline.name}</>;
    case "link":
      return <Link label={inline.label} href={inline.href} host={inline.host} />;
  }
}

function Link({ label, href, host }: { label: string; href: string; host: string }) {
  const saysWhere = /^https:\/\//i.test(label);
  return (
    <>
      <a href={href} target="_blank" rel="noreferrer noopener nofollow">
        <Plain text={saysWhere ? href : label} />
      </a>
      {!saysWhere && <span class="host">{texts.timeline.linkHost(host)}</span>}
    </>
  );
}
