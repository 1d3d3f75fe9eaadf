import { useSignal } from "@preact/signals";
import type { ComponentChildren, ComponentType } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { copyText } from "../copy-text.js";
import { type ListItem, type MarkdownBlock, parseMarkdown } from "../markdown.js";
import type { Inline } from "../markdown-inline.js";
import { texts } from "../texts.js";
import { Plain, Scrollable } from "./basics.js";

/** Loaded with the first code of a known language. */
let Highlighted: ComponentType<{ language: string; text: string }> | undefined;
const maxColouredChars = 20_000;

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

function BlockView({ block, names }: { block: MarkdownBlock; names: ReadonlySet<string> }) {
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
    case "drawing":
      return <Preformatted label={texts.timeline.table} text={block.text} />;
    case "table":
      return <Table head={block.head} rows={block.rows} names={names} />;
    case "list":
      return <Lists items={block.items} names={names} />;
  }
}

function Code({ language, text }: { language: string; text: string }) {
  const label = language === "" ? texts.timeline.code : texts.timeline.codeIn(language);
  const isColoured = language !== "" && language !== "diff" && language !== "patch" && text.length <= maxColouredChars;
  const isDiff = language === "diff" || language === "patch";
  return (
    <div class="code-frame">
      <CopyButton text={text} />
      <Preformatted label={label} text={text}>
        {isDiff && text.split("\n").map((line, at) => <DiffLine key={at} line={line} />)}
        {isColoured && <Coloured language={language} text={text} />}
        {!isDiff && !isColoured && <Plain text={text} />}
      </Preformatted>
    </div>
  );
}

/** Plain until the colours are loaded, and for good where they cannot be. */
function Coloured({ language, text }: { language: string; text: string }) {
  const isLoaded = useSignal(Highlighted !== undefined);
  useEffect(() => {
    if (Highlighted) return;
    import("./highlighted.js").then(
      (part) => {
        Highlighted = part.Highlighted;
        isLoaded.value = true;
      },
      () => {},
    );
  }, [isLoaded]);
  if (!isLoaded.value || !Highlighted) return <Plain text={text} />;
  return <Highlighted language={language.toLowerCase()} text={text} />;
}

const copiedForMs = 2_000;

function CopyButton({ text }: { text: string }) {
  const isCopied = useSignal(false);
  async function copy(): Promise<void> {
    await copyText(text);
    isCopied.value = true;
    setTimeout(() => {
      isCopied.value = false;
    }, copiedForMs);
  }
  return (
    <button class="button small copy" type="button" onClick={() => void copy()}>
      {isCopied.value ? texts.timeline.copied : texts.timeline.copy}
    </button>
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

function Table({ head, rows, names }: { head: Inline[][]; rows: Inline[][][]; names: ReadonlySet<string> }) {
  return (
    <Scrollable class="table-frame" label={texts.timeline.table}>
      <table>
        <thead>
          <tr>
            {head.map((cell, at) => (
              <th key={at} scope="col" dir="auto">
                <Inlines inlines={cell} names={names} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={row}>
              {head.map((_, at) => (
                <td key={at} dir="auto">
                  <Inlines inlines={cells[at] ?? []} names={names} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrollable>
  );
}

interface Run {
  start: number | undefined;
  entries: { item: ListItem; below: ListItem[] }[];
}

/** Items with their nested content; numbers and bullets of one depth are separate lists. */
function runsOf(items: readonly ListItem[]): Run[] {
  const runs: Run[] = [];
  const depth = Math.min(...items.map((item) => item.depth));
  for (const item of items) {
    const run = runs.at(-1);
    const last = run?.entries.at(-1);
    if (last && item.depth > depth) last.below.push(item);
    else if (run && (run.start === undefined) === (item.number === undefined)) run.entries.push({ item, below: [] });
    else runs.push({ start: item.number, entries: [{ item, below: [] }] });
  }
  return runs;
}

function Lists({ items, names }: { items: readonly ListItem[]; names: ReadonlySet<string> }) {
  return (
    <>
      {runsOf(items).map(({ start, entries }, at) => {
        const children = entries.map(({ item, below }, place) => (
          <li key={place} dir="auto">
            <Inlines inlines={item.inlines} names={names} />
            {below.length > 0 && <Lists items={below} names={names} />}
          </li>
        ));
        return start === undefined ? (
          <ul key={at}>{children}</ul>
        ) : (
          <ol key={at} start={start}>
            {children}
          </ol>
        );
      })}
    </>
  );
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
    case "emphasis":
      return (
        <em>
          <Inlines inlines={inline.inlines} names={names} />
        </em>
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
