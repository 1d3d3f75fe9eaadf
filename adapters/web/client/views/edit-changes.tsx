import { diffWordsWithSpace } from "diff";
import { texts } from "../texts.js";
import { Plain, Scrollable } from "./basics.js";

const words = texts.gates;
const patienceMs = 100;

/** The text an edit removed and added. */
export function EditChanges({ before, after }: { before: string; after: string }) {
  if (before === after) return <p class="hint">{words.unchanged}</p>;
  const parts = diffWordsWithSpace(before, after, { timeout: patienceMs }) ?? [
    { value: before, removed: true, added: false },
    { value: after, removed: false, added: true },
  ];
  return (
    <Scrollable class="changes" label={words.changes}>
      <p class="changes-heading" aria-hidden="true">
        {words.changes}
      </p>
      {parts.map(({ value, added, removed }, at) => {
        const text = <Plain text={value} />;
        if (added) return <ins key={at}>{text}</ins>;
        return removed ? <del key={at}>{text}</del> : <span key={at}>{text}</span>;
      })}
    </Scrollable>
  );
}
