import { inputFields } from "../gate-input.js";
import type { Gate } from "../open-gates.js";
import { texts } from "../texts.js";
import { Plain, Scrollable, Wary } from "./basics.js";

/** The full content of the gate, as written: Markdown could hide a part of it. Long texts scroll in their own box. */
export function GateBody({ gate, body }: { gate: Gate; body: string }) {
  const fields = gate.kind === "tool" ? inputFields(body) : undefined;
  if (!fields) {
    return (
      <Scrollable class="gate-text" label={texts.gates.fullText} dir="auto">
        <Wary text={body} />
      </Scrollable>
    );
  }
  return (
    <Scrollable class="gate-text gate-input" label={texts.gates.toolInput}>
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
                <Wary text={text} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </Scrollable>
  );
}
