import { decidingOn } from "../deciding.js";
import { nowMs } from "../now.js";
import type { Gate } from "../open-gates.js";
import { texts } from "../texts.js";
import { duration } from "../time.js";
import { Avatar, Since } from "./basics.js";
import { useRoom } from "./room-context.js";

const words = texts.gates;

/** The kind of a gate, whose it is, how long it waits and when it is dropped. */
export function GateHead({ gate }: { gate: Gate }) {
  const { hue } = useRoom();
  const { kind, from, to, tool, why, openedAt, expiresAt } = gate;
  // The others say in their text why they ask
  const isExplained = kind === "message" && why !== undefined;
  const recipients = to === "room" ? texts.timeline.toRoom : to?.join(", ");
  return (
    <header class="gate-head">
      <Avatar name={from} kind="agent" hue={hue(from)} />
      <div>
        <h3 id={`gate-${gate.gateId}`}>
          <span class="gate-kind">
            {words.kind[kind] ?? kind}
            <span class="gate-age">
              <Since at={openedAt} words={words.since} />
            </span>
          </span>{" "}
          <span class="gate-who">
            <span class={`name hue-${hue(from)}`}>{from}</span>
            {kind === "tool" && tool !== undefined && (
              <>
                {" "}
                {words.wants} <code>{tool}</code>
              </>
            )}
            {kind === "message" && recipients !== undefined && (
              <>
                {" "}
                <span class="muted">{words.toWhom}</span> {recipients}
              </>
            )}
          </span>
        </h3>
        {(isExplained || expiresAt !== undefined) && (
          <p class="gate-facts">
            {isExplained && <span>{why}</span>}
            {expiresAt !== undefined && <Expiry at={expiresAt} />}
          </p>
        )}
        <BeingDecided gateId={gate.gateId} />
      </div>
    </header>
  );
}

/** Another person chose, and can still take it back. */
function BeingDecided({ gateId }: { gateId: string }) {
  const { state } = useRoom();
  const other = decidingOn(state.deciding, { gateId, me: state.me, nowMs: nowMs.value });
  if (!other) return null;
  return (
    <p class="gate-deciding" role="status">
      {words.decidesNow(other.by, words.waiting[other.action])}
    </p>
  );
}

function Expiry({ at }: { at: number }) {
  return <span>{words.expires(duration(at - nowMs.value))}</span>;
}
