import { inputFields } from "../gate-input.js";
import type { Gate } from "../room-state.js";
import { texts } from "../texts.js";
import { Plain } from "./basics.js";

/** All of what is decided on, as written: Markdown could hide a part of it. Long texts scroll in their own box. */
export function GateBody({ gate, body }: { gate: Gate; body: string }) {
  const fields = gate.kind === "tool" ? inputFields(body) : undefined;
  if (!fields) {
    return (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
      <div class="gate-text" tabIndex={0} role="region" aria-label={texts.gates.fullText} dir="auto">
        <Plain text={body} />
      </div>
    );
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
    <div class="gate-text gate-input" tabIndex={0} role="region" aria-label={texts.gates.toolInput}>
      {fields.length === 0 ? (
        <Plain text={body} />
      ) : (
        <dl>
          {fields.map(({ name, text }) => (
            <div key={name}>
              <dt>
                <Plain text={name} />
              </dt>
              <dd dir="ltr">
                <Plain text={text} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
