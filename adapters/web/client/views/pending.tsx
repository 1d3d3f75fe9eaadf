import { problemText } from "../problem-text.js";
import { texts } from "../texts.js";
import { Avatar, ProblemText } from "./basics.js";
import { Body, RecipientList } from "./message.js";
import { useRoom } from "./room-context.js";

const words = texts.timeline;

/** Own unconfirmed messages. */
export function Pending() {
  const { state, session, hue } = useRoom();
  const isLive = session.connection.value.state === "live";
  const names = new Set(state.participants.map(({ name }) => name));
  return (
    <>
      {state.pending.map(({ key, to, body, state: progress, problem, files = [] }) => (
        <div class={`group own pending pending-${progress}`} key={key}>
          <Avatar name={state.me} kind="human" hue={hue(state.me)} />
          <p class="group-head">
            <strong class="name">{state.me}</strong> <RecipientList to={to} me={state.me} />{" "}
            <span class="muted">{progressText(progress, isLive)}</span>
          </p>
          <div class="group-messages">
            <Body text={body} names={names} />
            {files.length > 0 && <p class="muted">{files.map(({ name }) => name).join(", ")}</p>}
            {progress === "failed" && problem && (
              <>
                <ProblemText>{problemText(problem)}</ProblemText>
                <div class="gate-buttons">
                  <button class="button" type="button" onClick={() => session.outbox.sendAgain(key)}>
                    {words.again}
                  </button>
                  <button class="button quiet" type="button" onClick={() => session.outbox.discard(key)}>
                    {words.discard}
                  </button>
                </div>
              </>
            )}
          </div>
        </div>
      ))}
    </>
  );
}

function progressText(progress: "sending" | "sent" | "failed", isLive: boolean): string {
  if (progress === "failed") return words.notSent;
  return progress === "sending" && !isLive ? words.sentLater : words[progress];
}
