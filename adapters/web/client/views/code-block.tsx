import { useSignal } from "@preact/signals";
import type { ComponentChildren, ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { copyText } from "../copy-text.js";
import { texts } from "../texts.js";
import { Plain, Scrollable, Wary } from "./basics.js";

const words = texts.timeline;

/** Loaded with the first code of a known language. */
let Highlighted: ComponentType<{ language: string; text: string }> | undefined;
const maxColouredChars = 20_000;

/** Fenced or indented code: its language, a button that copies it and one that wraps its lines. */
export function Code({
  language,
  info,
  text,
  isWary,
}: {
  language: string;
  info: string;
  text: string;
  isWary: boolean;
}) {
  const label = language === "" ? words.code : words.codeIn(language);
  const wraps = useSignal(false);
  return (
    <div class={`code-frame ${info === "" ? "" : "code-named"} ${wraps.value ? "code-wrapped" : ""}`}>
      {info !== "" && (
        <p class="code-language">
          <Plain text={info} />
        </p>
      )}
      <div class="code-tools">
        <button
          class="button small quiet"
          type="button"
          aria-pressed={wraps.value}
          onClick={() => {
            wraps.value = !wraps.value;
          }}
        >
          {words.wrap}
        </button>
        <CopyButton text={text} />
      </div>
      <Preformatted label={label} text={text}>
        <CodeText {...{ language, text, isWary }} />
      </Preformatted>
    </div>
  );
}

function CodeText({ language, text, isWary }: { language: string; text: string; isWary: boolean }) {
  if (isWary) return <Wary text={text} />;
  if (language === "diff" || language === "patch")
    return (
      <>
        {text.split("\n").map((line, at) => (
          <DiffLine key={at} line={line} />
        ))}
      </>
    );
  if (language === "" || text.length > maxColouredChars) return <Plain text={text} />;
  return <Coloured language={language} text={text} />;
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
    <button class="button small quiet copy" type="button" onClick={() => void copy()}>
      {isCopied.value ? words.copied : words.copy}
    </button>
  );
}

/** Text whose lines and spaces stay as they are, in a box of its own. */
export function Preformatted({ label, text, children }: { label: string; text: string; children?: ComponentChildren }) {
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
