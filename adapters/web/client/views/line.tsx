import { lineText } from "../line-text.js";
import type { LineEntry } from "../room-state.js";
import { clockTime } from "../time.js";
import { fullTimeOnHover, Plain } from "./basics.js";

export function QuietLine({ entry }: { entry: LineEntry }) {
  const { text, detail } = lineText(entry.line);
  return (
    <p class={`line line-${entry.severity}`} data-anchor={entry.id}>
      <time dateTime={new Date(entry.at).toISOString()} {...fullTimeOnHover(entry.at)}>
        {clockTime(entry.at)}
      </time>{" "}
      <span class="line-text" dir="auto">
        <Plain text={text} />
        {detail !== undefined && (
          <span class="line-detail">
            {" – "}
            <Plain text={detail} />
          </span>
        )}
      </span>
    </p>
  );
}
