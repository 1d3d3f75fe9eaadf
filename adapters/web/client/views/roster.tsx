import { useSignal } from "@preact/signals";
import type { ParticipantView } from "../../../../src/core/room/view.js";
import { followsScript } from "../../../../src/core/values/script-remark.js";
import { problemText } from "../problem-text.js";
import { texts } from "../texts.js";
import { money } from "../time.js";
import { tokensOf } from "../usage.js";
import { Avatar, Plain, Since } from "./basics.js";
import { useDismissable } from "./dismissable.js";
import { FolderButton } from "./folder-button.js";
import { later } from "./later.js";
import { useRoom } from "./room-context.js";
import { RoomsRail } from "./rooms-rail.js";

const words = texts.roster;

/** The participants of the room. On a narrow page they are one line that opens. */
export function Roster({ isOpen }: { isOpen: boolean }) {
  const { state } = useRoom();
  const details = useDismissable();
  const agents = state.participants.filter(({ kind }) => kind === "agent");
  const people = state.participants.filter(({ kind }) => kind === "human");
  const lists = (
    <>
      <RoomsRail here={state.roomId} openGates={state.gates.length} />
      <RosterList heading={words.agents} participants={agents} />
      <RosterList heading={words.people} participants={people} />
    </>
  );
  if (isOpen) {
    return (
      <aside class="roster" aria-label={words.heading}>
        {lists}
      </aside>
    );
  }
  return (
    <aside class="roster roster-folded" aria-label={words.heading}>
      <details ref={details}>
        <summary>
          <Faces participants={[...agents, ...people]} />
          <span class="roster-summary">{summaryOf(state.participants)}</span>
        </summary>
        <div class="roster-sheet">{lists}</div>
      </details>
    </aside>
  );
}

function summaryOf(participants: readonly ParticipantView[]): string {
  const count = (status: string) => participants.filter((known) => known.status === status).length;
  return words.summary(count("working"), count("waiting"), participants.length);
}

const maxFaces = 6;

function Faces({ participants }: { participants: readonly ParticipantView[] }) {
  const { hue } = useRoom();
  return (
    <span class="faces">
      {participants.slice(0, maxFaces).map(({ name, kind, status }) => (
        <span class={`face status-${status}`} key={name}>
          <Avatar name={name} kind={kind} hue={hue(name)} size="small" />
        </span>
      ))}
    </span>
  );
}

function RosterList({ heading, participants }: { heading: string; participants: readonly ParticipantView[] }) {
  if (participants.length === 0) return null;
  return (
    <section class="roster-list">
      <h2>
        {heading} <span class="count">{participants.length}</span>
      </h2>
      <ul>
        {participants.map((participant) => (
          <Person key={participant.name} participant={participant} />
        ))}
      </ul>
    </section>
  );
}

function Person({ participant }: { participant: ParticipantView }) {
  const { state, hue, may } = useRoom();
  const { name, displayName, kind, role, status } = participant;
  const isMe = kind === "human" && name === state.me;
  return (
    <li class={`person person-${kind} status-${status}`}>
      <span class="face">
        <Avatar name={name} kind={kind} hue={hue(name)} />
        <span class="status-dot" aria-hidden="true" />
      </span>
      <div class="person-text">
        <p class="person-name">
          {kind === "agent" && may("readHeld") ? (
            <AgentTurns name={name} displayName={displayName} />
          ) : (
            <span class={kind === "agent" ? `name hue-${hue(name)}` : "name"} title={displayName}>
              {name}
            </span>
          )}
          {isMe && <span class="you">{words.you}</span>}
          {/* An agent without a role of its own is just an "agent", which the heading says already. */}
          {role !== name && role !== kind && <span class="role">{words.role[role] ?? <Plain text={role} />}</span>}
          <Cost participant={participant} />
        </p>
        <p class="person-status">
          <Status participant={participant} />
          <RunsOn participant={participant} />
        </p>
        {participant.note !== undefined && <p class="person-note">{participant.note}</p>}
        {kind === "agent" && <Doing name={name} />}
      </div>
      {kind === "agent" && !followsScript(participant) && <FolderButton name={name} />}
      {kind === "agent" && status !== "idle" && status !== "offline" && <Interrupt name={name} />}
    </li>
  );
}

const TurnsDialog = later(async () => (await import("./turns-dialog.js")).TurnsDialog);

/** An agent's name, which opens all its turns. */
function AgentTurns({ name, displayName }: { name: string; displayName: string }) {
  const { hue } = useRoom();
  const isOpen = useSignal(false);
  return (
    <>
      <button
        class={`person-turns name hue-${hue(name)}`}
        type="button"
        title={displayName}
        aria-haspopup="dialog"
        aria-label={texts.turns.open(name)}
        onClick={() => {
          isOpen.value = true;
        }}
      >
        {name}
      </button>
      {isOpen.value && (
        <TurnsDialog
          agent={name}
          onClose={() => {
            isOpen.value = false;
          }}
        />
      )}
    </>
  );
}

function Status({ participant: { kind, status, sinceMs, unread = 0 } }: { participant: ParticipantView }) {
  if (kind === "human") return <>{status === "offline" ? words.status.offline : words.online}</>;
  if (sinceMs !== undefined && status === "working") return <Since at={sinceMs} words={words.workingFor} />;
  if (sinceMs !== undefined && status === "waiting") return <Since at={sinceMs} words={words.waitingFor} />;
  const waits = unread > 0 ? ` · ${words.unread(unread)}` : "";
  return <>{`${words.status[status]}${waits}`}</>;
}

/** The model an agent works with, else its runtime; one that follows a script says so. */
function RunsOn({ participant: { kind, runtime, model } }: { participant: ParticipantView }) {
  if (kind !== "agent" || runtime === undefined) return null;
  if (followsScript({ runtime })) return <span class="runs-on is-script">{words.script}</span>;
  return <span class="runs-on">{model ?? runtime}</span>;
}

/** Cost of its model calls so far; their tokens if nothing has a price. */
function Cost({ participant: { usage } }: { participant: ParticipantView }) {
  const tokens = usage ? tokensOf(usage) : 0;
  if (!usage || tokens === 0) return null;
  const inTokens = words.tokens(tokens.toLocaleString(texts.locale));
  return (
    <span class="cost" title={inTokens}>
      {usage.usd > 0 ? money(usage.usd) : inTokens}
    </span>
  );
}

/** Its current work, as far as it is shown. */
function Doing({ name }: { name: string }) {
  const { state } = useRoom();
  const tool = state.work.get(name)?.tool;
  if (!tool) return null;
  const text = texts.work.tool(tool.name, tool.summary);
  return (
    <p class="doing" title={text}>
      <Plain text={text} />
    </p>
  );
}

function Interrupt({ name }: { name: string }) {
  const { may, session, say } = useRoom();
  if (!may("steer")) return null;
  async function interrupt(): Promise<void> {
    const done = await session.api.interrupt(name);
    say(done.ok ? texts.room.done.interrupt(name) : problemText(done.problem));
  }
  return (
    <button
      class="button quiet icon interrupt"
      type="button"
      aria-label={words.interrupt(name)}
      title={words.interrupt(name)}
      onClick={() => void interrupt()}
    >
      <span class="stop-sign" aria-hidden="true" />
    </button>
  );
}
